package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.incident.Incident;
import io.fintrail.lifecycle.Closes;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.verdict.Verdict;

/** Two views of one run, told in this order. */
public final class BothViews implements View {
    private final View first;
    private final View second;

    public BothViews(View first, View second) {
        this.first = first;
        this.second = second;
    }

    @Override
    public void onSession(Session session) {
        first.onSession(session);
        second.onSession(session);
    }

    @Override
    public void onRunEnd() {
        first.onRunEnd();
        second.onRunEnd();
    }

    @Override
    public void onReady(String what) {
        first.onReady(what);
        second.onReady(what);
    }

    @Override
    public void onVerdict(Verdict verdict) {
        first.onVerdict(verdict);
        second.onVerdict(verdict);
    }

    @Override
    public void onCloses(Closes closes) {
        first.onCloses(closes);
        second.onCloses(closes);
    }

    @Override
    public void onIncident(Incident incident) {
        first.onIncident(incident);
        second.onIncident(incident);
    }

    @Override
    public void onSorted(long atNs, Members members) {
        first.onSorted(atNs, members);
        second.onSorted(atNs, members);
    }

    @Override
    public void onGap(Gap gap) {
        first.onGap(gap);
        second.onGap(gap);
    }

    @Override
    public void onEvent(Evidence evidence) {
        first.onEvent(evidence);
        second.onEvent(evidence);
    }

    @Override
    public void onClockStep(long ktimeNs, long byNs) {
        first.onClockStep(ktimeNs, byNs);
        second.onClockStep(ktimeNs, byNs);
    }

    @Override
    public void onTime(long nowNs) {
        first.onTime(nowNs);
        second.onTime(nowNs);
    }

    @Override
    public void onSummary(Summary summary) {
        first.onSummary(summary);
        second.onSummary(summary);
    }
}
