package io.fintrail.cli;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.TypeConversionException;

/**
 * A time as people write it: {@code 2026-11-22T12:00:00.5Z}, {@code 2026-11-22T12:00} (local), {@code 12:00:05} (the first
 * such after the journal's beginning, local), {@code +90s} (since the journal's beginning).
 */
interface Moment {
    /** Nanoseconds since 1970, for a journal that begins at {@code beginNs}. */
    long wallNs(long beginNs);

    static Moment parse(String text) {
        try {
            if (text.startsWith("+")) {
                long afterNs = Amounts.Duration.parse(text.substring(1)).ns();
                return beginNs -> beginNs + afterNs;
            }
            if (!text.contains("T")) {
                LocalTime time = LocalTime.parse(text);
                return beginNs -> firstAfter(beginNs, time);
            }
            Instant instant = text.matches(".*(Z|[+-]\\d\\d:\\d\\d)")
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDateTime.parse(text).atZone(ZoneId.systemDefault()).toInstant();
            long wallNs = ns(instant);
            return beginNs -> wallNs;
        } catch (DateTimeParseException | TypeConversionException e) {
            throw new TypeConversionException("'" + text
                    + "' is no time: 2026-11-22T12:00:00Z, 12:00:05, +90s (since the" + " journal's beginning)");
        }
    }

    /** One that is earlier in the day than the journal's beginning is of the day after. */
    private static long firstAfter(long beginNs, LocalTime time) {
        ZoneId zone = ZoneId.systemDefault();
        Instant begin = Instant.ofEpochSecond(Math.floorDiv(beginNs, 1_000_000_000L));
        LocalDate day = LocalDate.ofInstant(begin, zone);
        Instant found = day.atTime(time).atZone(zone).toInstant();
        return ns(
                found.isBefore(begin)
                        ? day.plusDays(1).atTime(time).atZone(zone).toInstant()
                        : found);
    }

    private static long ns(Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }
}
