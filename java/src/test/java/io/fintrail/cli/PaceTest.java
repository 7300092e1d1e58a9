package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fintrail.event.Session;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.verdict.VerdictStage;
import io.fintrail.view.FilteredView;
import io.fintrail.view.TextView;
import io.fintrail.view.WallClock;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class PaceTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private static LifecycleTracker nobody() {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        return new LifecycleTracker(new VerdictStage(
                new FilteredView(new TextView(nowhere, nowhere, new WallClock(() -> 0), false), verdict -> false)));
    }

    @Test
    void isNoFasterThanTheRecordingTimesItsFactor() {
        Pace pace = new Pace(Speed.parse("100"), () -> false, nobody());
        long fromNs = System.nanoTime();

        pace.onSession(new Session(new TreeMap<>(Map.of("run", "a"))));
        pace.onClock(5 * SECOND_NS, 0);
        pace.onClock(8 * SECOND_NS, 0);
        pace.onSession(new Session(new TreeMap<>(Map.of("run", "b"))));
        pace.onClock(9_000 * SECOND_NS, 0); // the time between two runs does not pass
        pace.onClock(9_002 * SECOND_NS, 0);

        assertThat(System.nanoTime() - fromNs).isGreaterThanOrEqualTo(SECOND_NS / 20);
    }

    @Test
    void waitsForNothingWhenItIsInterrupted() {
        Pace pace = new Pace(Speed.parse("0.001"), () -> true, nobody());

        pace.onClock(0, 0);
        pace.onClock(1_000_000 * SECOND_NS, 0);
    }

    @Test
    void readsSpeeds() {
        assertThat(Speed.parse("max")).isEqualTo(Speed.MAX);
        assertThat(Speed.parse("0.5").factor()).isEqualTo(0.5);
        for (String wrong : new String[] {"0", "-1", "fast", "1e9", ""}) {
            assertThatThrownBy(() -> Speed.parse(wrong)).isInstanceOf(TypeConversionException.class);
        }
    }
}
