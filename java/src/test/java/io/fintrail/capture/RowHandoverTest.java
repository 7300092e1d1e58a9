package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.RecordSink;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class RowHandoverTest {
    private final RowHandover handover = new RowHandover();
    private final List<Long> given = new ArrayList<>();
    private final RecordSink sink = new RecordSink() {
        @Override
        public void session(Session session) {}

        @Override
        public void batch(ByteBuffer records) {
            for (int at = records.position(); at < records.limit(); at += TcpEventLayout.SIZE) {
                given.add(new TcpEvent().wrap(records, at).cookie());
            }
        }

        @Override
        public boolean clock(long drainedToNs, long wallOffsetNs) {
            return false;
        }

        @Override
        public void gap(Gap gap) {}

        @Override
        public void note(HostNote note) {}

        @Override
        public void end(long ktimeNs) {}
    };

    private static ByteBuffer records(int kind, long ktimeNs, long... cookies) {
        ByteBuffer records =
                ByteBuffer.allocate(cookies.length * TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
        for (int i = 0; i < cookies.length; i++) {
            int at = i * TcpEventLayout.SIZE;
            records.put(at + TcpEventLayout.KIND, (byte) kind);
            records.putLong(at + TcpEventLayout.KTIME_NS, ktimeNs);
            records.putLong(at + TcpEventLayout.COOKIE, cookies[i]);
            records.putShort(at + TcpEventLayout.REMOTE_PORT, (short) (40000 + cookies[i]));
        }
        return records;
    }

    private static HostNote snapshot() {
        return new HostNote(9, HostNote.Kind.SNAPSHOT, new TreeMap<>());
    }

    @Test
    void givesRowsWhenTheRingsAreDrainedUpToThem() {
        handover.begin();
        handover.put(records(TcpEventLayout.KIND_SOCKET, 100, 1, 2), 50, 110, () -> true);
        handover.end();
        handover.take();
        handover.give(109, sink);
        assertThat(given).isEmpty();
        assertThat(handover.isGiven()).isFalse();

        handover.give(110, sink);

        assertThat(given).containsExactly(1L, 2L);
        assertThat(handover.isGiven()).isTrue();
        assertThat(handover.told(snapshot()).fields()).isEmpty();
    }

    @Test
    void leavesOutWhatMovedSinceItsDumpBegan() {
        handover.begin();
        assertThat(handover.isLooking()).isTrue();
        handover.watch(records(TcpEventLayout.KIND_STATE, 49, 1));
        handover.watch(records(TcpEventLayout.KIND_STATE, 50, 2));
        handover.watch(records(TcpEventLayout.KIND_RETRANSMIT, 60, 3));
        handover.watch(records(TcpEventLayout.KIND_STATE, 120, 4));
        handover.put(records(TcpEventLayout.KIND_SOCKET, 100, 1, 2, 3, 4, 5), 50, 110, () -> true);
        handover.end();
        handover.take();

        handover.give(130, sink);

        assertThat(given).containsExactly(1L, 3L, 5L);
        assertThat(handover.told(snapshot()).number("moved")).isEqualTo(2);
        assertThat(handover.told(snapshot()).number("moved")).isZero();
    }

    @Test
    void watchesUntilTheLastRowIsGiven() {
        assertThat(handover.isLooking()).isFalse();
        handover.begin();
        handover.put(records(TcpEventLayout.KIND_SOCKET, 100, 1), 50, 110, () -> true);
        handover.end();
        assertThat(handover.isLooking()).isTrue();
        handover.take();
        assertThat(handover.isLooking()).isTrue();
        handover.watch(records(TcpEventLayout.KIND_STATE, 105, 1));
        handover.give(120, sink);

        assertThat(given).isEmpty();
        assertThat(handover.isLooking()).isFalse();

        // What moved before a look says nothing of it.
        handover.begin();
        handover.put(records(TcpEventLayout.KIND_SOCKET, 105, 1), 90, 110, () -> true);
        handover.take();
        handover.give(120, sink);
        assertThat(given).containsExactly(1L);
    }

    @Test
    void waitsForRoomOnlyWhileSomebodyMakesIt() {
        for (int i = 0; i < 100; i++) {
            handover.put(records(TcpEventLayout.KIND_SOCKET, 1, 1), 1, 1, () -> false);
        }
        handover.take();
        handover.give(1, sink);

        assertThat(given).hasSizeLessThan(100).isNotEmpty();
    }

    @Test
    void remembersManyMoves() {
        LastMoves moves = new LastMoves();
        for (long cookie = 1; cookie <= 100_000; cookie++) {
            moves.moved(cookie << 6, cookie);
        }

        assertThat(moves.movedSince(64, 1)).isTrue();
        assertThat(moves.movedSince(64, 2)).isFalse();
        assertThat(moves.movedSince(100_000L << 6, 100_000)).isTrue();
        assertThat(moves.movedSince(1, 0)).isFalse();
        assertThat(moves.movedSince(0, 0)).isFalse();

        moves.clear();
        assertThat(moves.isEmpty()).isTrue();
        assertThat(moves.movedSince(64, 0)).isFalse();
    }
}
