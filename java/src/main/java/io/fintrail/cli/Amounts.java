package io.fintrail.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Durations ({@code 250ms 10s 5m 7d}) and sizes ({@code 64KiB 2GiB}) as people write them. */
final class Amounts {
    private Amounts() {}

    /** A duration in nanoseconds. */
    record Duration(long ns) {
        private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

        static Duration parse(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                throw new TypeConversionException("'" + text + "' is no duration: 250ms, 10s, 5m, 2h, 7d");
            }
            long unit = switch (matcher.group(2)) {
                case "ms" -> 1_000_000L;
                case "s" -> 1_000_000_000L;
                case "m" -> 60_000_000_000L;
                case "h" -> 3_600_000_000_000L;
                default -> 86_400_000_000_000L;
            };
            return new Duration(Math.multiplyExact(Long.parseLong(matcher.group(1)), unit));
        }
    }

    /** A size in bytes. */
    record Size(long bytes) {
        private static final Pattern FORM = Pattern.compile("(\\d{1,9})(|KiB|MiB|GiB)");

        static Size parse(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                throw new TypeConversionException("'" + text + "' is no size: 65536, 64KiB, 4MiB, 2GiB");
            }
            int shift = switch (matcher.group(2)) {
                case "KiB" -> 10;
                case "MiB" -> 20;
                case "GiB" -> 30;
                default -> 0;
            };
            return new Size(Long.parseLong(matcher.group(1)) << shift);
        }
    }
}
