package io.fintrail.view;

import io.fintrail.incident.Incident;
import io.fintrail.incident.IncidentSink;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.verdict.VerdictSink;

/** One way of showing a run: verdicts, incidents and gaps as they come, the summary last. */
public interface View extends VerdictSink, IncidentSink {
    /** Everything is attached, or the journal is open: from here on lines may come. */
    void onReady(String what);

    /** One event of whatever socket; {@code evidence} is reused after the call. */
    void onEvent(Evidence evidence);

    /** The wall clock was set by {@code byNs} (negative: back) shortly before {@code ktimeNs}. */
    void onClockStep(long ktimeNs, long byNs);

    void onSummary(Summary summary);

    /** Views of single sockets show none. */
    @Override
    default void onIncident(Incident incident) {}
}
