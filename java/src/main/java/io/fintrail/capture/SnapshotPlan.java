package io.fintrail.capture;

/**
 * When sockets are looked at. {@code everyNs} 0: once at the start and once at the end. {@code stuckAfterNs}: how old
 * an unclosed socket must be before the threads of its holder are looked at, too.
 */
public record SnapshotPlan(long everyNs, long stuckAfterNs) {
    private static final long SECOND_NS = 1_000_000_000L;

    public static final long USUAL_EVERY_NS = 10 * SECOND_NS;

    /** The usual one. */
    public static SnapshotPlan usual(long stuckAfterNs) {
        return new SnapshotPlan(USUAL_EVERY_NS, stuckAfterNs);
    }
}
