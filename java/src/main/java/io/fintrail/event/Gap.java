package io.fintrail.event;

/**
 * Facts that were lost between two moments (ktime, nanoseconds). {@code kind} says which fact where it is known: a
 * recursion miss belongs to one program, a full ring may have lost any ({@link TcpEventKind#UNKNOWN}).
 */
public record Gap(long fromNs, long toNs, long lost, TcpEventKind kind, String cause) {
    public boolean overlaps(long sinceNs, long untilNs) {
        return fromNs <= untilNs && toNs >= sinceNs;
    }

    public boolean mayHaveLost(TcpEventKind wanted) {
        return kind == TcpEventKind.UNKNOWN || kind == wanted;
    }
}
