package io.fintrail.cli;

import io.fintrail.event.TraceSink;
import io.fintrail.incident.IncidentSink;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.verdict.VerdictSink;
import io.fintrail.verdict.VerdictStage;
import io.fintrail.view.Report;
import io.fintrail.view.ReportCollector;
import io.fintrail.view.Summary;
import java.util.List;

/** The way from a journal's events to a report. */
final class ReportAnalysis {
    /** What finds incidents among the verdicts: told of each, and asked to {@code finish} after the last. */
    record Stage(VerdictSink verdicts, Runnable finish) {}

    /** Makes such a stage: it passes verdicts on to {@code next} and tells {@code sink}. */
    interface Incidents {
        Stage stage(VerdictSink next, IncidentSink sink);
    }

    private final ReportCollector collector = new ReportCollector();
    private final Stage incidents;
    private final VerdictStage verdicts;
    private final LifecycleTracker tracker;

    ReportAnalysis(Incidents incidents) {
        this.incidents = incidents.stage(collector, collector);
        verdicts = new VerdictStage(this.incidents.verdicts());
        tracker = new LifecycleTracker(collector.listening(verdicts));
    }

    TraceSink sink() {
        return collector.sampling(tracker);
    }

    /** Judges what is pending, and sums up. */
    Report finish(String journal, long removedBefore) {
        tracker.finish();
        incidents.finish().run();
        Summary summary = new Summary(
                tracker.events(),
                tracker.lost(),
                tracker.evicted(),
                tracker.tracked(),
                verdicts.finals(),
                verdicts.pending(),
                tracker.sockets(),
                List.of());
        return collector.report(journal, summary, removedBefore);
    }
}
