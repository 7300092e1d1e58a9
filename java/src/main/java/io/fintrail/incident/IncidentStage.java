package io.fintrail.incident;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.SocketId;
import io.fintrail.incident.Incident.Change;
import io.fintrail.lifecycle.Ownership;
import io.fintrail.verdict.Severity;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import io.fintrail.verdict.VerdictSink;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Verdicts to incidents. Verdicts pass on unchanged; what stands is sorted anew at most once a second of event time, so a
 * replay says the same at the same times. Single-threaded.
 */
public final class IncidentStage implements VerdictSink {
    /** Fewer are no pile. */
    public static final int FEWEST = 5;

    private static final long SECOND_NS = 1_000_000_000L;

    /** What has ended makes a pile with what ends within this. */
    private static final long LATELY_NS = 15 * SECOND_NS;

    private static final int MOST_ENDED = 100_000;

    private final VerdictSink next;
    private final Predicate<Verdict> concerned;
    private final IncidentSink sink;
    private final Map<SocketId, Verdict> standing = new LinkedHashMap<>();
    private final Deque<Verdict> ended = new ArrayDeque<>();
    /** Let go of by the process that held them: the kernel ends them by itself. */
    private final Set<SocketId> lettingGo = new HashSet<>();

    private final Map<PileKey, OpenIncident> open = new LinkedHashMap<>();
    /** Which connection belongs to which of them. */
    private final Map<SocketId, String> members = new HashMap<>();

    private String run = "";
    private long sortedNs = Long.MIN_VALUE;
    private long nowNs;
    private boolean changed;

    /**
     * @param next is told of everything that this is told of, first
     * @param concerned which verdicts can be part of an incident
     */
    public IncidentStage(VerdictSink next, Predicate<Verdict> concerned, IncidentSink sink) {
        this.next = next;
        this.concerned = concerned;
        this.sink = sink;
    }

    @Override
    public void onSession(Session session) {
        if (!session.run().equals(run)) {
            run = session.run();
            standing.clear();
            ended.clear();
            lettingGo.clear();
            closeAll();
            sortedNs = Long.MIN_VALUE;
        }
        next.onSession(session);
    }

    /** Another run: whether they stand on is not known, but the new one tells. */
    private void closeAll() {
        open.values().forEach(incident -> sink.onIncident(incident.closed(nowNs)));
        open.clear();
        members.clear();
    }

    @Override
    public void onVerdict(Verdict verdict) {
        next.onVerdict(verdict);
        if (!concerned.test(verdict)) {
            return;
        }
        changed = true;
        SocketId id = verdict.story().id();
        if (verdict.isFinal()) {
            boolean stood = standing.remove(id) != null;
            stood |= lettingGo.remove(id);
            if (!stood && verdict.severity() == Severity.PROBLEM && ended.size() < MOST_ENDED) {
                ended.add(verdict);
            }
            return;
        }
        Verdict before = standing.get(id);
        if (lettingGo.contains(id) || (before != null && wasLetGo(before, verdict))) {
            lettingGo.add(id);
            standing.remove(id);
            return;
        }
        if (verdict.severity() == Severity.PROBLEM) {
            standing.put(id, verdict);
        } else {
            standing.remove(id);
        }
    }

    private static boolean wasLetGo(Verdict before, Verdict now) {
        boolean wasHeld =
                before.name() == VerdictName.FIN_MISSING_HELD || before.name() == VerdictName.FIN_DROPPED_HERE;
        return wasHeld && now.story().ownership() == Ownership.ORPHAN;
    }

    @Override
    public void onGap(Gap gap) {
        next.onGap(gap);
    }

    @Override
    public void onTime(long nowNs) {
        next.onTime(nowNs);
        this.nowNs = nowNs;
        boolean due = sortedNs == Long.MIN_VALUE || nowNs - sortedNs >= SECOND_NS;
        if (due && (changed || !open.isEmpty())) {
            sort();
        } else if (!changed) {
            sink.onSorted(nowNs, members::get);
        }
    }

    /** Sorts what the last verdicts have changed; call when the input has ended. */
    public void finish() {
        if (changed) {
            sort();
        }
    }

    private void sort() {
        changed = false;
        sortedNs = nowNs;
        while (!ended.isEmpty() && nowNs - ended.peek().atNs() > LATELY_NS) {
            ended.poll();
            changed = true;
        }
        standing.values().removeIf(verdict -> verdict.story().isDone()); // given up
        Piles sorted = Piles.of(standing.values(), ended, nowNs);
        Map<PileKey, Pile> piles = new LinkedHashMap<>();
        sorted.all().forEach(pile -> piles.put(pile.key, pile));
        List<PileKey> gone = new ArrayList<>();
        for (OpenIncident incident : open.values()) {
            Pile pile = piles.remove(incident.key());
            if (pile == null || pile.size() < FEWEST) {
                sink.onIncident(incident.closed(nowNs));
                gone.add(incident.key());
            } else {
                Change change = incident.change(pile, nowNs);
                if (change != null) {
                    sink.onIncident(incident.tell(change, pile, nowNs));
                }
            }
        }
        gone.forEach(open::remove);
        for (Pile pile : piles.values()) {
            if (pile.size() >= FEWEST && !pile.isUndecided) {
                OpenIncident incident = new OpenIncident(pile.key, nowNs);
                open.put(pile.key, incident);
                sink.onIncident(incident.tell(Change.OPENED, pile, nowNs));
            }
        }
        members.clear();
        sorted.placed().forEach((id, pile) -> {
            OpenIncident incident = open.get(pile.key);
            if (incident != null) {
                members.put(id, incident.id());
            }
        });
        sink.onSorted(nowNs, members::get);
    }
}
