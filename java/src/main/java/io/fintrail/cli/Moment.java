package io.fintrail.cli;

import java.io.IOException;
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
    /** When a journal begins, nanoseconds since 1970. */
    interface Beginning {
        long wallNs() throws IOException;
    }

    /** Nanoseconds since 1970, for a journal that begins then; it is not asked where the time says all. */
    long wallNs(Beginning begin) throws IOException;

    static Moment parse(String text) {
        try {
            if (text.startsWith("+")) {
                long afterNs = Amounts.Duration.parse(text.substring(1)).ns();
                return begin -> begin.wallNs() + afterNs;
            }
            if (!text.contains("T")) {
                LocalTime time = LocalTime.parse(text);
                return begin -> firstAfter(begin.wallNs(), time);
            }
            Instant instant = text.matches(".*(Z|[+-]\\d\\d:\\d\\d)")
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDateTime.parse(text).atZone(ZoneId.systemDefault()).toInstant();
            long wallNs = ns(instant);
            return begin -> wallNs;
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
