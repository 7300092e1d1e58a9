package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.incident.Incident;
import io.fintrail.lifecycle.Closes;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.verdict.Verdict;
import java.util.function.Predicate;

/** A view that is told of some verdicts and incidents only; gaps and the summary always get through. */
public final class FilteredView implements View {
    private final View view;
    private final Predicate<Verdict> wanted;
    private final Predicate<Incident> wantedIncidents;

    public FilteredView(View view, Predicate<Verdict> wanted) {
        this(view, wanted, incident -> true);
    }

    public FilteredView(View view, Predicate<Verdict> wanted, Predicate<Incident> wantedIncidents) {
        this.view = view;
        this.wanted = wanted;
        this.wantedIncidents = wantedIncidents;
    }

    @Override
    public void onSession(Session session) {
        view.onSession(session);
    }

    @Override
    public void onReady(String what) {
        view.onReady(what);
    }

    @Override
    public void onVerdict(Verdict verdict) {
        if (wanted.test(verdict)) {
            view.onVerdict(verdict);
        }
    }

    @Override
    public void onRunEnd() {
        view.onRunEnd();
    }

    @Override
    public void onCloses(Closes closes) {
        view.onCloses(closes);
    }

    @Override
    public void onTime(long nowNs) {
        view.onTime(nowNs);
    }

    @Override
    public void onIncident(Incident incident) {
        if (wantedIncidents.test(incident)) {
            view.onIncident(incident);
        }
    }

    @Override
    public void onSorted(long atNs, Members members) {
        view.onSorted(atNs, members);
    }

    @Override
    public void onEvent(Evidence evidence) {
        view.onEvent(evidence);
    }

    @Override
    public void onGap(Gap gap) {
        view.onGap(gap);
    }

    @Override
    public void onClockStep(long ktimeNs, long byNs) {
        view.onClockStep(ktimeNs, byNs);
    }

    @Override
    public void onSummary(Summary summary) {
        view.onSummary(summary);
    }
}
