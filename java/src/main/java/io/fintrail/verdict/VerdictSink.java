package io.fintrail.verdict;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;

/** Who is told of verdicts, in order. */
public interface VerdictSink {
    void onSession(Session session);

    void onVerdict(Verdict verdict);

    void onGap(Gap gap);

    /** Everything until then has been told. */
    default void onTime(long nowNs) {}
}
