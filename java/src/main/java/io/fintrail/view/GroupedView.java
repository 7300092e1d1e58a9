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
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Text for a screen: of a large incident the incident first, then one example of each verdict, and a count of the rest.
 * Verdicts wait until it is known whether they belong to one: a second, or until a process has been looked at.
 */
public final class GroupedView implements View {
    /** More than this many verdicts are more than a screen. */
    private static final int SCREENFUL = 10;

    private static final int MOST_LEFT_OUT = 100_000;

    /** A verdict as it was when it was told. */
    private record Waiting(SocketId id, VerdictName name, boolean isFinal, String text) {}

    private final TextView text;
    private final List<Waiting> waiting = new ArrayList<>();
    private final Set<String> large = new HashSet<>();
    /** Of which incident which verdict was printed. */
    private final Map<String, Set<VerdictName>> exemplified = new HashMap<>();

    /** Connections of which no more is said until they are over. */
    private final Map<SocketId, VerdictName> leftOut = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SocketId, VerdictName> eldest) {
            return size() > MOST_LEFT_OUT;
        }
    };

    public GroupedView(TextView text) {
        this.text = text;
    }

    @Override
    public void onSession(Session session) {
        text.onSession(session);
    }

    @Override
    public void onRunEnd() {
        print(id -> null);
        leftOut.clear();
        large.clear();
        exemplified.clear();
    }

    @Override
    public void onReady(String what) {
        text.onReady(what);
    }

    @Override
    public void onVerdict(Verdict verdict) {
        SocketId id = verdict.story().id();
        waiting.add(new Waiting(id, verdict.name(), verdict.isFinal(), text.text(verdict)));
    }

    @Override
    public void onIncident(Incident incident) {
        text.onIncident(incident);
        if (incident.isEnded()) {
            large.remove(incident.id());
            exemplified.remove(incident.id());
        } else if (incident.size() > SCREENFUL) {
            large.add(incident.id());
        }
    }

    @Override
    public void onSorted(long atNs, Members members) {
        print(members);
    }

    private void print(Members members) {
        Map<VerdictName, Integer> more = new EnumMap<>(VerdictName.class);
        List<Waiting> told = new ArrayList<>(waiting);
        waiting.clear();
        for (Waiting verdict : told) {
            String incident = members.incidentOf(verdict.id);
            if (Members.NOT_KNOWN_YET.equals(incident)) {
                waiting.add(verdict);
                continue;
            }
            VerdictName before = leftOut.get(verdict.id);
            boolean wasLeftOut = before != null;
            if (before == verdict.name && !verdict.isFinal) {
                continue; // the same of the same
            }
            boolean ofLarge = incident != null && large.contains(incident);
            boolean isExample = incident != null
                    && ofLarge
                    && exemplified
                            .computeIfAbsent(incident, i -> EnumSet.noneOf(VerdictName.class))
                            .add(verdict.name);
            if (ofLarge || wasLeftOut) {
                remember(verdict);
            }
            if (isExample || !(ofLarge || wasLeftOut)) {
                text.print(verdict.text);
            } else {
                more.merge(verdict.name, 1, Integer::sum);
            }
        }
        if (!more.isEmpty()) {
            List<String> counts = new ArrayList<>();
            more.forEach((name, count) -> counts.add(count + " " + name));
            text.note("and as many more like these: " + String.join(", ", counts) + "  (--format jsonl names each)");
        }
    }

    private void remember(Waiting verdict) {
        if (verdict.isFinal) {
            leftOut.remove(verdict.id);
        } else {
            leftOut.put(verdict.id, verdict.name);
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
