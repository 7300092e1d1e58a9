package io.fintrail.view;

import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * What there is to tell of one connection. {@code verdict} is the newest on it, null where none was due; {@code otherLeg}
 * belongs to the same proxied session; {@code otherEnd} is the peer's own socket, where the journal has that too.
 * {@code removedBefore} counts records that the journal does not hold any more.
 */
public record ConnectionStory(
        StoryLog log,
        @Nullable Verdict verdict,
        @Nullable StoryLog otherLeg,
        @Nullable Verdict otherVerdict,
        @Nullable SocketLifecycle otherEnd,
        long removedBefore) {

    /** A verdict on what stood is of no use once it stands no more. */
    boolean verdictHolds() {
        SocketLifecycle story = log.story();
        return verdict != null
                && (verdict.isFinal()
                        || story.standsSinceNs() != null
                        || story.ending().close() != null);
    }

    /** Nothing more is due of it. */
    boolean isOver() {
        return isOver(log);
    }

    /** Nothing more is due of that leg: its verdict is final, or it is closed and no minisock waits. */
    boolean isOver(StoryLog leg) {
        Verdict judged = leg == log ? verdict : otherVerdict;
        return (judged != null && judged.isFinal())
                || (leg.story().ending().close() != null && leg.story().state() == TcpState.CLOSE);
    }
}
