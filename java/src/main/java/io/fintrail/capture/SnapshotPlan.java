package io.fintrail.capture;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * When sockets are looked at. {@code everyNs} 0: once at the start and once at the end. {@code stuckAfterNs}: how old
 * an unclosed socket must be before the threads of its holder are looked at, too. {@code haproxy}: its stats socket, to
 * be asked at each look. {@code mostStories}: so many broken closes an audit tells of in a second. {@code rest}: the next
 * look waits for so many times the processor time that the last one took; 0: it goes by {@code everyNs} alone.
 */
public record SnapshotPlan(
        long everyNs, long stuckAfterNs, @Nullable Path haproxy, int mostStories, int rest) {
    private static final long SECOND_NS = 1_000_000_000L;

    public static final long USUAL_EVERY_NS = 10 * SECOND_NS;
    public static final int USUAL_MOST_STORIES = 1000;

    public SnapshotPlan(long everyNs, long stuckAfterNs) {
        this(everyNs, stuckAfterNs, null);
    }

    public SnapshotPlan(long everyNs, long stuckAfterNs, @Nullable Path haproxy) {
        this(everyNs, stuckAfterNs, haproxy, USUAL_MOST_STORIES, 0);
    }

    /** The usual one. */
    public static SnapshotPlan usual(long stuckAfterNs) {
        return new SnapshotPlan(USUAL_EVERY_NS, stuckAfterNs);
    }
}
