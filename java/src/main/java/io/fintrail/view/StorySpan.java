package io.fintrail.view;

import java.util.Locale;

/** Moments of a story, relative to its beginning, in a form that stands well in a column. */
record StorySpan(long beginNs) {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long MICROSECONDS_UNTIL = 100 * SECOND_NS;
    private static final long HOUR = 3600;

    /** {@code 3.004076 s}, {@code 12:03.004}, {@code 2:12:03.004}. */
    String at(long ktimeNs) {
        long ns = ktimeNs - beginNs;
        if (Math.abs(ns) < MICROSECONDS_UNTIL) {
            return String.format(Locale.ROOT, "%.6f s", ns / 1e9);
        }
        long seconds = ns / SECOND_NS;
        double part = (seconds % 60) + (ns % SECOND_NS) / 1e9;
        return seconds < HOUR
                ? String.format(Locale.ROOT, "%d:%06.3f", seconds / 60, Math.floor(part * 1e3) / 1e3)
                : String.format(
                        Locale.ROOT,
                        "%d:%02d:%06.3f",
                        seconds / HOUR,
                        seconds % HOUR / 60,
                        Math.floor(part * 1e3) / 1e3);
    }
}
