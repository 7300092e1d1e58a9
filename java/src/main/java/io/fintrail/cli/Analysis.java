package io.fintrail.cli;

import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TraceSink;
import io.fintrail.incident.IncidentStage;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import io.fintrail.verdict.VerdictStage;
import io.fintrail.view.ClockSteps;
import io.fintrail.view.EventLines;
import io.fintrail.view.FilteredView;
import io.fintrail.view.Summary;
import io.fintrail.view.VerdictFilter;
import io.fintrail.view.View;
import io.fintrail.view.WallClock;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/** The way from a journal's events to a view, the same for live and replay. */
final class Analysis {
    private final View view;
    private final IncidentStage incidents;
    private final VerdictStage stage;
    private final LifecycleTracker tracker;
    private final TraceSink sink;

    Analysis(VerdictFilter filter, Function<WallClock, View> newView, boolean events, Span span) {
        this(filter, filter.names().isEmpty() ? filter::concerns : verdict -> false, newView, events, span);
    }

    /** Verdicts alone, no incidents. */
    Analysis(Predicate<Verdict> filter, Function<WallClock, View> newView, boolean events) {
        this(filter, verdict -> false, newView, events, Span.ALL);
    }

    Analysis(VerdictFilter filter, Function<WallClock, View> newView, boolean events) {
        this(filter, newView, events, Span.ALL);
    }

    /**
     * @param concerned which verdicts can be part of an incident
     * @param newView makes the view around the clock of the journal
     * @param events whether it shows each event, too
     * @param span what is shown: what is read before it is judged, and not told
     */
    Analysis(
            Predicate<Verdict> filter,
            Predicate<Verdict> concerned,
            Function<WallClock, View> newView,
            boolean events,
            Span span) {
        this(filter, concerned, newView, events, span, LifecycleTracker.USUAL_MOST_STORIES);
    }

    /** With a bound to the stories that are held at a time. */
    Analysis(VerdictFilter filter, Function<WallClock, View> newView, int mostStories) {
        this(
                filter,
                filter.names().isEmpty() ? filter::concerns : verdict -> false,
                newView,
                false,
                Span.ALL,
                mostStories);
    }

    private Analysis(
            Predicate<Verdict> filter,
            Predicate<Verdict> concerned,
            Function<WallClock, View> newView,
            boolean events,
            Span span,
            int mostStories) {
        // The view needs the tracker's clock and the tracker the view: the clock asks once the first line is shown.
        LifecycleTracker[] late = new LifecycleTracker[1];
        WallClock clock = new WallClock(() -> late[0].wallOffsetNs());
        Predicate<Verdict> wanted = filter.and(verdict -> span.holds(clock.wallNs(verdict.atNs())));
        view = new FilteredView(newView.apply(clock), wanted, incident -> span.holds(clock.wallNs(incident.atNs())));
        incidents = new IncidentStage(view, concerned, view);
        stage = new VerdictStage(incidents);
        tracker = new LifecycleTracker(stage, mostStories);
        late[0] = tracker;
        TraceSink judged = new ClockSteps(view, tracker);
        sink = events ? new EventLines(view, ktimeNs -> span.holds(clock.wallNs(ktimeNs)), judged) : judged;
    }

    TraceSink sink() {
        return sink;
    }

    View view() {
        return view;
    }

    /** Events read so far. */
    Map<TcpEventKind, Long> events() {
        return tracker.eventsByKind();
    }

    /** Stories given up so far. */
    long evicted() {
        return tracker.evicted();
    }

    /** What was last said of those that stand; on the thread that judges. */
    Map<VerdictName, Long> standing() {
        return stage.standing();
    }

    /** Stories held now; on the thread that judges. */
    int tracked() {
        return tracker.tracked();
    }

    /** Judges what is pending and sums up. */
    void finish(List<Summary.Cost> costs) {
        tracker.finish();
        incidents.finish();
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
