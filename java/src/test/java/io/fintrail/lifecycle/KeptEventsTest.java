package io.fintrail.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpState;
import io.fintrail.journal.TrailReader;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictSink;
import io.fintrail.verdict.VerdictStage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of its events a story still has when there were many. */
class KeptEventsTest {
    private static final String BORN = """
            1.0 STATE socket=47 from=SYN_RECV to=ESTABLISHED netns=1 local=10.0.0.1:80 remote=10.0.0.2:40001
            2.0 STATE socket=47 from=ESTABLISHED to=FIN_WAIT1 shutdown=2
            """;
    private static final String ENDED = """
            2000.0 STATE socket=47 from=FIN_WAIT1 to=CLOSE error=110
            2001.0 CLOCK
            """;

    private static SocketLifecycle story(String trail) throws IOException {
        List<Verdict> verdicts = new ArrayList<>();
        LifecycleTracker tracker = new LifecycleTracker(new VerdictStage(new VerdictSink() {
            @Override
            public void onSession(io.fintrail.event.Session session) {}

            @Override
            public void onVerdict(Verdict verdict) {
                verdicts.add(verdict);
            }

            @Override
            public void onGap(io.fintrail.event.Gap gap) {}
        }));
        TrailReader.read(new BufferedReader(new StringReader(trail)), tracker);
        return verdicts.get(verdicts.size() - 1).story();
    }

    private static void requireItsEnds(SocketLifecycle story) {
        List<Evidence> events = story.events();
        assertThat(events.get(0).event().newState()).isEqualTo(TcpState.ESTABLISHED);
        assertThat(events.get(events.size() - 1).event().newState()).isEqualTo(TcpState.CLOSE);
        assertThat(events).isSortedAccordingTo(java.util.Comparator.comparingLong(Evidence::atNs));
    }

    @Test
    void keepsTheFirstAndTheNewestOfManyLooks() throws IOException {
        StringBuilder looks = new StringBuilder();
        for (int i = 10; i < 1000; i += 10) {
            looks.append(i).append(".1 SOCKET socket=47 state=FIN_WAIT1\n");
            looks.append(i).append(".2 HOLDER socket=47 state=FIN_WAIT1 pid=812 tid=812 fd=11 inode=4711 comm=x\n");
        }

        SocketLifecycle story = story(BORN + looks + ENDED);

        requireItsEnds(story);
        assertThat(story.omittedEvents()).isZero();
        assertThat(story.events())
                .filteredOn(e -> e.event().kind() == TcpEventKind.SOCKET)
                .hasSize(2);
        assertThat(story.events())
                .filteredOn(e -> e.event().kind() == TcpEventKind.HOLDER)
                .hasSize(2);
    }

    @Test
    void keepsBeginningAndEndOfManyRepeats() throws IOException {
        StringBuilder repeats = new StringBuilder();
        for (int i = 10; i < 210; i++) {
            repeats.append(i).append(".0 RETRANSMIT socket=47 state=FIN_WAIT1 segment=FIN,ACK\n");
        }

        SocketLifecycle story = story(BORN + repeats + ENDED);

        requireItsEnds(story);
        assertThat(story.omittedEvents() + story.events().size()).isEqualTo(2 + 200 + 1);
    }
}
