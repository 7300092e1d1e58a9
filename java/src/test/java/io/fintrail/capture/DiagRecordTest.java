package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The recorded dump has been compared with what `ss -tanoie` said of the same sockets. */
final class DiagRecordTest {
    private static final List<TcpEvent> ALL = RecordedDump.records();

    private static TcpEvent of(String local, String remote) {
        return ALL.stream()
                .filter(e -> e.local().toString().equals(local)
                        && e.remote().toString().equals(remote))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyRowSaysWhereItComesFrom() {
        assertThat(ALL).hasSize(17).allSatisfy(e -> {
            assertThat(e.kind()).isEqualTo(TcpEventKind.SOCKET);
            assertThat(e.isFromDiag()).isTrue();
            assertThat(e.hasSequenceNumbers()).isFalse();
            assertThat(e.netns()).isEqualTo(RecordedDump.NETNS);
            assertThat(e.ktimeNs()).isEqualTo(RecordedDump.READ_NS);
            assertThat(e.cookie()).isNotZero();
            assertThat(e.protocol()).isEqualTo(6);
        });
    }

    @Test
    void finWait2OfAHolder() {
        TcpEvent e = of("127.0.0.1:40001", "127.0.0.1:9000");

        assertThat(e.newState()).isEqualTo(TcpState.FIN_WAIT2);
        assertThat(e.hasSocketFile()).isTrue();
        assertThat(e.orphaned()).isFalse();
        assertThat(e.peerFinAccepted()).isFalse();
        assertThat(e.shutdown()).isEqualTo(2);
        assertThat(e.unacknowledged()).isZero();
        assertThat(e.sentBytes()).isEqualTo(12);
        assertThat(e.timerPending()).isZero();
        assertThat(e.is(TcpEventLayout.FLAG_OUT_OF_ORDER)).isFalse();
        assertThat(e.rtoJiffies()).isEqualTo(52); // 208 ms
        assertThat(e.finTimeoutJiffies()).isEqualTo(15_000);
    }

    @Test
    void closeWaitWithUnreadDataOnASocketThatTakesBothFamilies() {
        TcpEvent e = of("127.0.0.1:9000", "127.0.0.1:40001");

        assertThat(e.newState()).isEqualTo(TcpState.CLOSE_WAIT);
        assertThat(e.family()).isEqualTo(4);
        assertThat(e.peerFinAccepted()).isTrue();
        assertThat(e.unreadBytes()).isEqualTo(10);
        assertThat(e.hasSocketFile()).isTrue();
    }

    @Test
    void closeWaitThatNobodyHasAcceptedIsNoOrphan() {
        TcpEvent e = of("127.0.0.1:9000", "127.0.0.1:40003");

        assertThat(e.newState()).isEqualTo(TcpState.CLOSE_WAIT);
        assertThat(e.hasSocketFile()).isFalse();
        assertThat(e.orphaned()).isFalse();
    }

    @Test
    void ipv6WithUnreadDataInFinWait2() {
        TcpEvent e = of("[::1]:40002", "[::1]:9000");

        assertThat(e.family()).isEqualTo(6);
        assertThat(e.newState()).isEqualTo(TcpState.FIN_WAIT2);
        assertThat(e.unreadBytes()).isEqualTo(3);
        assertThat(e.is(TcpEventLayout.FLAG_OUT_OF_ORDER)).isFalse();
        assertThat(of("[::1]:9000", "[::1]:40002").unreadBytes()).isZero();
    }

    @Test
    void minisockThatStillWaitsAndOneThatDoesNot() {
        TcpEvent waits = of("127.0.0.1:40005", "127.0.0.1:9001");
        TcpEvent done = of("127.0.0.1:40006", "127.0.0.1:9001");

        assertThat(waits.is(TcpEventLayout.FLAG_TIME_WAIT)).isTrue();
        assertThat(waits.hasSocketFacts()).isFalse();
        assertThat(waits.oldState()).isEqualTo(TcpState.FIN_WAIT2);
        assertThat(waits.newState()).isEqualTo(TcpState.TIME_WAIT);
        // Due in some 58 s; at 250 jiffies a second the wheel goes by steps of 512 for 60 s.
        assertThat(waits.timerInJiffies().orElseThrow()).isBetween(14_000 + 512, 14_600 + 512);
        assertThat(done.oldState()).isEqualTo(TcpState.TIME_WAIT);
    }

    @Test
    void orphanWhoseFinIsRepeated() {
        TcpEvent e = of("127.0.0.1:40008", "127.0.0.1:9001");

        assertThat(e.newState()).isEqualTo(TcpState.FIN_WAIT1);
        assertThat(e.orphaned()).isTrue();
        assertThat(e.unacknowledged()).isEqualTo(1);
        assertThat(e.unsent()).isZero();
        assertThat(e.retransmits()).isEqualTo(3);
        assertThat(e.backoff()).isEqualTo(3);
        assertThat(e.timerPending()).isEqualTo(1);
        assertThat(e.packetsOut()).isEqualTo(1);
        assertThat(e.retransmittingMs().orElseThrow()).isBetween(1500L, 2000L);
        assertThat(e.orphanRetries()).isZero();
        assertThat(e.knowsWindow()).isTrue();
        assertThat(e.usableWindow()).isPositive();
    }

    @Test
    void keepAliveIsTheTimerOfWhoAsks() {
        assertThat(of("127.0.0.1:40007", "127.0.0.1:9001").keepsAlive()).isTrue();
        assertThat(of("127.0.0.1:40007", "127.0.0.1:9001").keepaliveInJiffies()).isPresent();
        assertThat(of("127.0.0.1:9001", "127.0.0.1:40007").keepsAlive()).isFalse();
        assertThat(of("127.0.0.1:40008", "127.0.0.1:9001").keepsAlive()).isFalse();
    }

    @Test
    void listenerHasItsQueue() {
        TcpEvent e = of("[::]:9000", "[::]:0");

        assertThat(e.newState()).isEqualTo(TcpState.LISTEN);
        assertThat(e.hasSocketFacts()).isFalse();
        assertThat(e.acceptQueue()).isEqualTo(2);
        assertThat(e.acceptQueueMost()).isEqualTo(16);
    }
}
