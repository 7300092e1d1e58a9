package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.verdict.Verdict;
import java.io.PrintWriter;

/** The same as lines: a verdict for each socket as it is found, then a line for each group, then the summary. */
public final class JsonStuckView implements View {
    private final JsonView lines;
    private final StuckView stuck;
    private final WallClock clock;

    public JsonStuckView(PrintWriter out, WallClock clock, StuckView stuck) {
        this.lines = new JsonView(out, clock);
        this.stuck = stuck;
        this.clock = clock;
    }

    @Override
    public void onSession(Session session) {
        lines.onSession(session);
    }

    @Override
    public void onReady(String what) {
        lines.onReady(what);
    }

    @Override
    public void onVerdict(Verdict verdict) {
        if (stuck.isNew(verdict)) {
            stuck.onVerdict(verdict);
            lines.onVerdict(verdict);
        }
    }

    @Override
    public void onEvent(Evidence evidence) {
        lines.onEvent(evidence);
    }

    @Override
    public void onGap(Gap gap) {
        lines.onGap(gap);
    }

    @Override
    public void onClockStep(long ktimeNs, long byNs) {
        lines.onClockStep(ktimeNs, byNs);
    }

    @Override
    public void onSummary(Summary summary) {
        stuck.groups().forEach(group -> lines.line("group", to -> StuckJson.write(to, group, clock)));
        lines.onSummary(summary);
    }
}
