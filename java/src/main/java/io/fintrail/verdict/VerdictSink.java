package io.fintrail.verdict;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.lifecycle.Closes;

/** Who is told of verdicts, in order. */
public interface VerdictSink {
    void onSession(Session session);

    void onVerdict(Verdict verdict);

    void onGap(Gap gap);

    /** The recording, or a part of it, has ended, and everything of it was told; its clock is good for the last time. */
    default void onRunEnd() {}

    /** What an audit counted in place of telling it; each is of all since its beginning. */
    default void onCloses(Closes closes) {}

    /** Everything until then has been told. */
    default void onTime(long nowNs) {}
}
