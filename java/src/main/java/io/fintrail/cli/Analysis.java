package io.fintrail.cli;

import io.fintrail.event.TraceSink;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictStage;
import io.fintrail.view.EventLines;
import io.fintrail.view.FilteredView;
import io.fintrail.view.Summary;
import io.fintrail.view.View;
import io.fintrail.view.WallClock;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** The way from a journal's events to a view, the same for live and replay. */
final class Analysis {
    private final View view;
    private final VerdictStage stage;
    private final LifecycleTracker tracker;
    private final TraceSink sink;

    /**
     * @param newView makes the view around the clock of the journal
     * @param events whether it shows each event, too
     */
    Analysis(Predicate<Verdict> filter, Function<WallClock, View> newView, boolean events) {
        // The view needs the tracker's clock and the tracker the view: the clock asks once the first line is shown.
        LifecycleTracker[] late = new LifecycleTracker[1];
        view = new FilteredView(newView.apply(new WallClock(() -> late[0].wallOffsetNs())), filter);
        stage = new VerdictStage(view);
        tracker = new LifecycleTracker(stage);
        late[0] = tracker;
        sink = events ? new EventLines(view, tracker) : tracker;
    }

    TraceSink sink() {
        return sink;
    }

    View view() {
        return view;
    }

    /** Judges what is pending and sums up. */
    void finish(List<Summary.Cost> costs) {
        tracker.finish();
        view.onSummary(new Summary(
                tracker.events(),
                tracker.lost(),
                tracker.evicted(),
                tracker.tracked(),
                stage.finals(),
                stage.pending(),
                tracker.sockets(),
                costs));
    }
}
