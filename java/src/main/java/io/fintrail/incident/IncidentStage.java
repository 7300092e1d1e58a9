package io.fintrail.incident;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.SocketId;
import io.fintrail.incident.Incident.Change;
import io.fintrail.lifecycle.Closes;
import io.fintrail.lifecycle.HistoryFrom;
import io.fintrail.lifecycle.Ownership;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.FindingName;
import io.fintrail.verdict.Severity;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import io.fintrail.verdict.VerdictSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Verdicts to incidents. Verdicts pass on unchanged; what stands is sorted anew at most once a second of event time, so a
 * replay says the same at the same times. Single-threaded.
 */
public final class IncidentStage implements VerdictSink {
    /** Fewer are no pile. */
    public static final int FEWEST = 5;

    /** Fewer are over. */
    private static final int FEWEST_LEFT = 3;

    private static final long SECOND_NS = 1_000_000_000L;

    /** What has ended makes a pile with what ends within this. */
    private static final long LATELY_NS = 15 * SECOND_NS;

    static final int MOST_ENDED = 20_000;

    private final VerdictSink next;
    private final Predicate<Verdict> concerned;
    private final IncidentSink sink;
    private final Map<SocketId, Verdict> standing = new LinkedHashMap<>();
    private final Map<SocketId, Verdict> ended = new LinkedHashMap<>();
    /** Final verdicts that are told again are not news. */
    private final Map<SocketId, Verdict> stoodUntilLately = new LinkedHashMap<>();

    /** Let go of by the process that held them: the kernel ends them by itself. */
    private final Map<SocketId, Verdict> lettingGo = new HashMap<>();

    private final Map<PileKey, OpenIncident> open = new LinkedHashMap<>();
    /** Since when there is such a pile, told of or not. */
    private final Map<PileKey, Long> metNs = new HashMap<>();
    /** Which connection belongs to which of them, or may. */
    private final Map<SocketId, String> members = new HashMap<>();

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
        next.onSession(session);
    }

    /** Whether they stand on is not known, but what comes next tells. */
    @Override
    public void onRunEnd() {
        finish();
        open.values().forEach(incident -> sink.onIncident(incident.watchedNoMore(nowNs)));
        open.clear();
        metNs.clear();
        members.clear();
        standing.clear();
        ended.clear();
        stoodUntilLately.clear();
        lettingGo.clear();
        sortedNs = Long.MIN_VALUE;
        next.onRunEnd();
    }

    @Override
    public void onVerdict(Verdict verdict) {
        next.onVerdict(verdict);
        if (!concerned.test(verdict)) {
            return;
        }
        changed = true;
        SocketId id = verdict.story().id();
        if (isHeldAfterClose(verdict)) {
            standing.put(id, verdict);
        } else if (verdict.isFinal()) {
            ended(id, verdict);
        } else {
            stands(id, verdict);
        }
    }

    /** Its close is over, and somebody holds its descriptor on. */
    private static boolean isHeldAfterClose(Verdict verdict) {
        return verdict.story().destroyedAtNs() == null
                && verdict.findings().stream().anyMatch(finding -> finding.name() == FindingName.HELD_AFTER_CLOSE);
    }

    private void ended(SocketId id, Verdict verdict) {
        boolean stood = standing.remove(id) != null;
        stood |= lettingGo.remove(id) != null;
        if (stood) {
            stoodUntilLately.put(id, verdict);
        }
        boolean isNew = !stoodUntilLately.containsKey(id);
        if (isNew && verdict.severity() == Severity.PROBLEM && (ended.size() < MOST_ENDED || ended.containsKey(id))) {
            ended.put(id, verdict);
        }
    }

    private void stands(SocketId id, Verdict verdict) {
        Verdict before = standing.get(id);
        if (lettingGo.containsKey(id) || (before != null && wasLetGo(before, verdict))) {
            lettingGo.put(id, verdict);
            standing.remove(id);
        } else if (verdict.severity() == Severity.PROBLEM) {
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
    public void onCloses(Closes closes) {
        next.onCloses(closes);
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
        changed |= ended.values().removeIf(verdict -> nowNs - verdict.atNs() > LATELY_NS);
        stoodUntilLately.values().removeIf(verdict -> nowNs - verdict.atNs() > LATELY_NS);
        standing.values().removeIf(verdict -> verdict.story().isDone() && !isHeldAfterClose(verdict)); // given up
        lettingGo.values().removeIf(verdict -> verdict.story().isDone());
        List<Verdict> old = standing.values().stream().filter(this::standsLong).toList();
        Piles sorted = Piles.of(old, ended.values(), nowNs);
        Map<PileKey, Pile> piles = new LinkedHashMap<>();
        sorted.all().forEach(pile -> piles.put(pile.key, pile));
        metNs.keySet().retainAll(piles.keySet());
        piles.keySet().forEach(key -> metNs.putIfAbsent(key, nowNs));
        tellOfOpen(piles, sorted.placed());
        Set<PileKey> undecided = new HashSet<>();
        for (Pile pile : piles.values()) {
            boolean isUndecided = pile.isUndecided || awaitsLegs(pile) || leavesAnother(pile);
            changed |= isUndecided;
            if (pile.size() >= FEWEST && isUndecided) {
                undecided.add(pile.key);
            } else if (pile.size() >= FEWEST) {
                OpenIncident incident = new OpenIncident(pile.key, nowNs);
                open.put(pile.key, incident);
                sink.onIncident(incident.tell(Change.OPENED, pile, nowNs));
            }
        }
        noteMembers(sorted.placed(), undecided);
        sink.onSorted(nowNs, members::get);
    }

    private void noteMembers(Map<SocketId, Pile> placed, Set<PileKey> undecided) {
        Set<String> ids = new HashSet<>();
        open.values().forEach(incident -> ids.add(incident.id()));
        Map<SocketId, String> before = new HashMap<>(members);
        members.clear();
        placed.forEach((id, pile) -> {
            OpenIncident incident = open.get(pile.key);
            String was = before.get(id);
            if (incident != null) {
                members.put(id, incident.id());
            } else if (undecided.contains(pile.key)) {
                members.put(id, was != null && ids.contains(was) ? was : IncidentSink.Members.NOT_KNOWN_YET);
            }
        });
    }

    /** A process that lets go of both legs may be met between the two: what is left is no pile of its own yet. */
    private boolean leavesAnother(Pile pile) {
        long left = pile.members.stream()
                .map(verdict -> members.get(verdict.story().id()))
                .filter(of -> of != null && !of.equals(IncidentSink.Members.NOT_KNOWN_YET))
                .count();
        return left * 2 > pile.members.size() && isNew(pile.key);
    }

    private boolean isNew(PileKey key) {
        return nowNs - metNs.getOrDefault(key, nowNs) < SECOND_NS;
    }

    /** Of what stood before we came, the legs that its holder has shut may be younger: then it is none of its own. */
    private boolean awaitsLegs(Pile pile) {
        SocketLifecycle any = pile.any();
        long decidedAfterNs = any.session().stuckAfterNs() + Piles.UNTIL_TOLD_NS;
        return pile.key.kind() == IncidentKind.CLOSE_WAIT_LEAK
                && any.historyFrom() != HistoryFrom.BIRTH
                && nowNs - metNs.getOrDefault(pile.key, nowNs) < decidedAfterNs;
    }

    /** Whatever is in mid-close when the input ends stands for a moment only. */
    private boolean standsLong(Verdict verdict) {
        Long sinceNs = verdict.story().standsSinceNs();
        boolean young =
                sinceNs == null || nowNs - sinceNs < verdict.story().session().stuckAfterNs();
        return isHeldAfterClose(verdict) || !young;
    }

    private void tellOfOpen(Map<PileKey, Pile> piles, Map<SocketId, Pile> placed) {
        List<PileKey> gone = new ArrayList<>();
        for (OpenIncident incident : open.values()) {
            Pile pile = piles.remove(incident.key());
            if (pile == null || pile.size() < FEWEST_LEFT) {
                PileKey other = whereTo(incident, placed);
                if (other != null && !open.containsKey(other) && isNew(other)) {
                    changed = true; // the next sorting tells whether it goes on or is over
                } else {
                    String why = other == null ? "it is over" : "it goes on as " + other.kind() + " " + other.service();
                    sink.onIncident(incident.closed(nowNs, pile == null ? 0 : pile.size(), why));
                    gone.add(incident.key());
                }
            } else {
                Change change = incident.change(pile, nowNs);
                if (change != null) {
                    sink.onIncident(incident.tell(change, pile, nowNs));
                }
            }
        }
        gone.forEach(open::remove);
    }

    /** The pile that most of its connections are in now: more is known of them, or one leg is gone. Null: in none. */
    private @Nullable PileKey whereTo(OpenIncident incident, Map<SocketId, Pile> placed) {
        Map<PileKey, Integer> goneTo = new LinkedHashMap<>(); // keys hash otherwise in each JVM
        members.forEach((id, of) -> {
            Pile pile = of.equals(incident.id()) ? placed.get(id) : null;
            if (pile != null && !pile.key.equals(incident.key()) && pile.size() >= FEWEST) {
                goneTo.merge(pile.key, 1, Integer::sum);
            }
        });
        return goneTo.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(null);
    }
}
