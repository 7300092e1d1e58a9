package io.fintrail.lifecycle;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;

/** One event of a story with its number in the journal; {@code reason} is the kernel's name for it, or empty. */
public record Evidence(long index, TcpEvent event, String reason) {
    public long atNs() {
        return event.ktimeNs();
    }

    /** A segment that did not get through. */
    boolean isDropped() {
        return event.kind() == TcpEventKind.SEGMENT_FREED && FreedSegment.isLoss(reason);
    }

    /** By time, and of the same time as the journal has them. */
    static int inOrder(Evidence one, Evidence other) {
        int byTime = Long.compare(one.atNs(), other.atNs());
        return byTime != 0 ? byTime : Long.compare(one.index, other.index);
    }
}
