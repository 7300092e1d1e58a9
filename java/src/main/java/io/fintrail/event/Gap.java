package io.fintrail.event;

/**
 * Facts that were lost between two moments (ktime, nanoseconds). {@code kind} says which fact where it is known: a
 * recursion miss belongs to one program, a full ring may have lost any ({@link TcpEventKind#UNKNOWN}).
 */
public record Gap(long fromNs, long toNs, long lost, TcpEventKind kind, String cause) {
    /** Whole connections that an audit has counted and not told of: there were too many at once. */
    public static final String TOO_MANY_STORIES = "too many stories";

    /** Segments that no socket was attached to, which an audit has not told of: there was too much at once. */
    public static final String TOO_MANY_STRAYS = "too many strays";

    /** Whole connections of which an audit has kept nothing but that they were there: their end was not seen. */
    public static final String END_MISSED = "end missed";

    /** Between two runs into one journal: how much was missed nobody knows. */
    public static final String NOT_WATCHED = "not watched";

    public boolean overlaps(long sinceNs, long untilNs) {
        return fromNs <= untilNs && toNs >= sinceNs;
    }

    public boolean mayHaveLost(TcpEventKind wanted) {
        boolean ofOthersOnly = cause.equals(TOO_MANY_STORIES) || cause.equals(END_MISSED);
        return !ofOthersOnly && (kind == TcpEventKind.UNKNOWN || kind == wanted);
    }
}
