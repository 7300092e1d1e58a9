package io.fintrail.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.journal.TrailReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Anybody can send segments that are nobody's: only those of which a verdict may lack something are a loss. */
class StraysTest {
    private static final String SESSION = """
            # fintrail trail 1
            0 SESSION hz=1000 audit=true drop.2=NO_SOCKET drop.4=NETFILTER_DROP
            """;

    @Test
    void forgetsWhatNoSocketWasThereForWithoutALoss() throws IOException {
        assertThat(gaps(5000, 0.01, "NO_SOCKET")).isEmpty();
    }

    @Test
    void saysThatDroppedOnesAreTooMany() throws IOException {
        assertThat(gaps(5000, 0.01, "NETFILTER_DROP"))
                .hasSize(5000 - 4096)
                .allSatisfy(gap -> assertThat(gap.cause()).isEqualTo(Gap.TOO_MANY_STRAYS));
    }

    @Test
    void makesRoomOfThoseWhoseTimeIsOver() throws IOException {
        assertThat(gaps(5000, 1, "NETFILTER_DROP")).isEmpty();
    }

    private static List<Gap> gaps(int strays, double apartSeconds, String reason) throws IOException {
        StringBuilder trail = new StringBuilder(SESSION);
        for (int i = 0; i < strays; i++) {
            trail.append(String.format(
                    Locale.ROOT,
                    "%.3f SEGMENT_FREED flags=segment,tuple local=10.0.0.1:%d remote=10.0.0.9:80 netns=1 reason=%s"
                            + " segment=FIN,ACK%n",
                    10 + i * apartSeconds,
                    10_000 + i,
                    reason));
        }
        Heard heard = new Heard();
        LifecycleTracker tracker = new LifecycleTracker(heard);
        TrailReader.read(new BufferedReader(new StringReader(trail + "9999.0 CLOCK\n")), tracker);
        return heard.gaps;
    }

    private static final class Heard implements LifecycleListener {
        private final List<Gap> gaps = new ArrayList<>();

        @Override
        public void onSession(Session session) {}

        @Override
        public void onFinal(SocketLifecycle story, long nowNs) {}

        @Override
        public void onStanding(SocketLifecycle story, long nowNs) {}

        @Override
        public void onLateFact(SocketLifecycle story, long nowNs) {}

        @Override
        public void onPending(SocketLifecycle story, long nowNs) {}

        @Override
        public void onGap(Gap gap) {
            gaps.add(gap);
        }
    }
}
