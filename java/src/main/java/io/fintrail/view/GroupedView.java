package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.SocketId;
import io.fintrail.incident.Incident;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Text for a screen: of a large incident the incident first, then one example of each verdict, and a count of the rest. Verdicts wait until it
 * is known whether they belong to one, a second at most.
 */
public final class GroupedView implements View {
    /** More than this many verdicts are more than a screen. */
    private static final int SCREENFUL = 10;

    private final TextView text;
    private final List<Verdict> waiting = new ArrayList<>();
    /** Of which incident which verdict was printed. */
    private final Set<String> exemplified = new HashSet<>();

    private final Set<String> large = new HashSet<>();
    private final Set<SocketId> leftOut = new HashSet<>();

    public GroupedView(TextView text) {
        this.text = text;
    }

    @Override
    public void onSession(Session session) {
        text.onSession(session);
    }

    @Override
    public void onReady(String what) {
        text.onReady(what);
    }

    @Override
    public void onVerdict(Verdict verdict) {
        waiting.add(verdict);
    }

    @Override
    public void onIncident(Incident incident) {
        text.onIncident(incident);
        if (incident.size() > SCREENFUL) {
            large.add(incident.id());
        }
    }

    @Override
    public void onSorted(long atNs, Members members) {
        print(members);
    }

    /** Nothing was sorted that they could belong to. */
    @Override
    public void onTime(long nowNs) {
        if (!waiting.isEmpty() && large.isEmpty() && waiting.size() <= SCREENFUL) {
            print(id -> null);
        }
    }

    private void print(Members members) {
        Map<VerdictName, Integer> more = new EnumMap<>(VerdictName.class);
        for (Verdict verdict : waiting) {
            SocketId id = verdict.story().id();
            String incident = members.incidentOf(id);
            boolean wasLeftOut = leftOut.contains(id);
            if (wasLeftOut && !verdict.isFinal()) {
                continue; // the same of the same
            }
            boolean ofLarge = incident != null && large.contains(incident);
            if (wasLeftOut || (ofLarge && !exemplified.add(incident + verdict.name()))) {
                more.merge(verdict.name(), 1, Integer::sum);
                remember(id, verdict);
            } else {
                text.onVerdict(verdict);
                if (ofLarge) {
                    remember(id, verdict);
                }
            }
        }
        waiting.clear();
        if (!more.isEmpty()) {
            List<String> counts = new ArrayList<>();
            more.forEach((name, count) -> counts.add(count + " " + name));
            text.note("and as many more like these: " + String.join(", ", counts) + "  (--format jsonl names each)");
        }
    }

    private void remember(SocketId id, Verdict verdict) {
        if (verdict.isFinal()) {
            leftOut.remove(id);
        } else {
            leftOut.add(id);
        }
    }

    @Override
    public void onEvent(Evidence evidence) {
        text.onEvent(evidence);
    }

    @Override
    public void onGap(Gap gap) {
        text.onGap(gap);
    }

    @Override
    public void onClockStep(long ktimeNs, long byNs) {
        text.onClockStep(ktimeNs, byNs);
    }

    @Override
    public void onSummary(Summary summary) {
        print(id -> null);
        text.onSummary(summary);
    }
}
