package io.fintrail.journal;

/**
 * How much of a kept journal stays: what is older than {@code maxAgeMs} goes, and the oldest when all of it takes more
 * than {@code maxBytes}. Whole roll files go, never the one being written.
 */
public record Retention(long maxAgeMs, long maxBytes) {
    /** Below this a limit would be overrun by the file being written. */
    public static final long LEAST_BYTES = 8 << 20;

    private static final long HOUR_MS = 3_600_000;
    private static final int FILES_AT_LEAST = 8;
    private static final long LARGEST_FILE_BYTES = 32L << 20;

    /** Everything stays. */
    public static final Retention FOREVER = new Retention(Long.MAX_VALUE, Long.MAX_VALUE);

    public Retention {
        if (maxBytes < LEAST_BYTES) {
            throw new IllegalArgumentException("a journal of " + maxBytes + " bytes is too small to keep: at least "
                    + (LEAST_BYTES >> 20) + "MiB");
        }
        if (maxAgeMs < 1_000) {
            throw new IllegalArgumentException("a journal that is kept for " + maxAgeMs + " ms: at least 1s");
        }
    }

    /** How large a roll file may grow, so that what goes is a small part, and a moment in it is found soon. */
    long rollBytes() {
        return Math.min(LARGEST_FILE_BYTES, maxBytes / FILES_AT_LEAST);
    }

    /** How long a roll file may be written to. */
    long rollMs() {
        return Math.min(HOUR_MS, Math.max(1, maxAgeMs / FILES_AT_LEAST));
    }
}
