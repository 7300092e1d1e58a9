package io.fintrail.bench;

import io.fintrail.event.TraceSink;
import io.fintrail.incident.IncidentStage;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.verdict.VerdictStage;
import io.fintrail.view.ClockSteps;
import io.fintrail.view.FilteredView;
import io.fintrail.view.TextView;
import io.fintrail.view.VerdictFilter;
import io.fintrail.view.View;
import io.fintrail.view.WallClock;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Set;

/** From events to the problems' text as {@code replay} goes, all its stages; the text goes nowhere. */
final class Chain {
    final VerdictStage stage;
    final LifecycleTracker tracker;
    private final IncidentStage incidents;
    private final TraceSink sink;

    Chain() {
        this(LifecycleTracker.USUAL_MOST_STORIES);
    }

    Chain(int mostStories) {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        VerdictFilter problems = new VerdictFilter(false, Set.of(), 0, "", Set.of(), new byte[16], 0, 0);
        View view = new FilteredView(new TextView(nowhere, nowhere, new WallClock(() -> 0), false), problems);
        incidents = new IncidentStage(view, problems::concerns, view);
        stage = new VerdictStage(incidents);
        tracker = new LifecycleTracker(stage, mostStories);
        sink = new ClockSteps(view, tracker);
    }

    TraceSink sink() {
        return sink;
    }

    /** Judges what is pending. */
    void finish() {
        tracker.finish();
        incidents.finish();
    }
}
