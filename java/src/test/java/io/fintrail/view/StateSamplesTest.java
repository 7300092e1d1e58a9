package io.fintrail.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.TcpState;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How many samples a recording of any length gives. */
class StateSamplesTest {
    private static final long CLOCK_NS = 50_000_000;

    private static StateSamples of(int clocks) {
        StateSamples samples = new StateSamples();
        for (int i = 0; i < clocks; i++) {
            if (samples.isDue(i * CLOCK_NS)) {
                samples.add(i * CLOCK_NS, Map.of(TcpState.FIN_WAIT2, i));
            }
        }
        return samples;
    }

    @Test
    void takesEveryTenthOfASecondAtFirst() {
        assertThat(of(10).all()).hasSize(5);
    }

    @Test
    void staysBoundedAndEvenlyApart() {
        List<StateSamples.Sample> samples = of(1_000_000).all();

        assertThat(samples).hasSizeBetween(StateSamples.MOST / 2, StateSamples.MOST);
        assertThat(samples.get(0).wallNs()).isZero();
        long apartNs = samples.get(1).wallNs();
        for (int i = 1; i < samples.size() - 1; i++) {
            assertThat(samples.get(i).wallNs() - samples.get(i - 1).wallNs()).isEqualTo(apartNs);
        }
    }

    @Test
    void tellsTheEnd() {
        StateSamples samples = of(10);
        samples.end(10 * CLOCK_NS + 1, Map.of());

        assertThat(samples.all()).last().extracting(StateSamples.Sample::wallNs).isEqualTo(10 * CLOCK_NS + 1);
    }

    @Test
    void leavesOutWhatAClockThatWasSetBackTellsAgain() {
        StateSamples samples = of(100);

        assertThat(samples.isDue(0)).isFalse();
        assertThat(samples.isDue(200 * CLOCK_NS)).isTrue();
    }
}
