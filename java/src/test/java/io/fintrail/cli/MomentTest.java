package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class MomentTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private static long local(String dateTime) {
        return LocalDateTime.parse(dateTime).atZone(ZoneId.systemDefault()).toEpochSecond() * SECOND_NS;
    }

    private static long resolved(String text, String begin) throws IOException {
        return Moment.parse(text).wallNs(() -> local(begin));
    }

    @Test
    void readsATimeWithItsZone() throws IOException {
        assertThat(Moment.parse("2026-11-22T12:00:00.5Z").wallNs(() -> 0))
                .isEqualTo(Instant.parse("2026-11-22T12:00:00.500Z").toEpochMilli() * 1_000_000);
        assertThat(Moment.parse("2026-11-22T13:00:00+01:00").wallNs(() -> 0))
                .isEqualTo(Instant.parse("2026-11-22T12:00:00Z").toEpochMilli() * 1_000_000);
    }

    @Test
    void takesATimeOfDayForTheFirstSuchInTheJournal() throws IOException {
        assertThat(resolved("03:10", "2026-11-22T01:00:00")).isEqualTo(local("2026-11-22T03:10:00"));
        assertThat(resolved("03:10:05.250", "2026-11-22T23:00:00"))
                .isEqualTo(local("2026-11-23T03:10:05") + SECOND_NS / 4);
        assertThat(resolved("2026-11-23T03:10", "2026-11-20T01:00:00")).isEqualTo(local("2026-11-23T03:10:00"));
    }

    @Test
    void countsFromTheBeginning() throws IOException {
        assertThat(resolved("+90s", "2026-11-22T01:00:00")).isEqualTo(local("2026-11-22T01:01:30"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "25:00", "+90", "2026-11-22", "2026-11-22T99:00Z", "-5s"})
    void refusesWhatIsNoTime(String text) {
        assertThatThrownBy(() -> Moment.parse(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("+90s");
    }
}
