package io.fintrail.lifecycle;

/**
 * How the application let go. {@code ambiguous}: the kernel shows close() and shutdown() alike at that event.
 * {@code byExit}: the task was in do_exit().
 */
public record Release(How how, boolean ambiguous, long atNs, boolean byExit) {
    /** What was called. */
    public enum How {
        SHUTDOWN,
        CLOSE,
        EXIT
    }
}
