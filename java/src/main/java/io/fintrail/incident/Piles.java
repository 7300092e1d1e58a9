package io.fintrail.incident;

import io.fintrail.event.SocketId;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.HistoryFrom;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.Leg;
import io.fintrail.lifecycle.Ownership;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.lifecycle.ThreadActivity;
import io.fintrail.verdict.FindingName;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Sorts what stands into piles: each connection into one. Where both ends of a connection are on this host, the end that
 * has the cause counts, in the order of {@link #ORDER}; the other is one more view of it.
 */
final class Piles {
    /** Unpaired legs of one process are sessions if there are about as many of each. */
    private static final double ABOUT = 0.9;

    /** A half-close is passed on within this. */
    private static final long AT_ONCE_NS = 2_000_000_000L;

    /** Everything that stood before we came is looked at within this, and so is a process that stopped reading. */
    private static final long UNTIL_LOOKED_AT_NS = 12_000_000_000L;

    /** What stands for long enough is told within this. */
    static final long UNTIL_TOLD_NS = 2_000_000_000L;

    private static final List<IncidentKind> ORDER = List.of(
            IncidentKind.PROCESS_FROZEN,
            IncidentKind.CLOSE_WAIT_LEAK,
            IncidentKind.CLOSE_WAIT_UNREAD_PILE,
            IncidentKind.ACCEPT_QUEUE_PILE,
            IncidentKind.LOCAL_DROP,
            IncidentKind.FIN_UNSENT_PILE,
            IncidentKind.FIN_MISSING_PILE,
            IncidentKind.FIN_UNACKED_PILE,
            IncidentKind.RESET_PILE,
            IncidentKind.DESCRIPTOR_LEAK);

    private final long nowNs;
    private final Map<PileKey, Pile> piles = new LinkedHashMap<>();
    private final Map<SocketId, Pile> placed = new HashMap<>();
    /** For how many legs of the other kind, that nobody knows the partners of either, a connection's holder waits. */
    private final Map<SocketId, Integer> mayBeLegs = new HashMap<>();

    private Piles(long nowNs) {
        this.nowNs = nowNs;
    }

    static Piles of(Collection<Verdict> standing, Collection<Verdict> ended, long nowNs) {
        Piles piles = new Piles(nowNs);
        List<Verdict> left = piles.placeSessions(standing);
        left.addAll(ended);
        piles.placeOthers(left);
        return piles;
    }

    Collection<Pile> all() {
        return piles.values();
    }

    /** Which pile a connection is in, itself or as the other end of one. */
    Map<SocketId, Pile> placed() {
        return placed;
    }

    private List<Verdict> placeSessions(Collection<Verdict> standing) {
        Map<SocketId, Verdict> byId = new LinkedHashMap<>();
        standing.forEach(verdict -> byId.put(verdict.story().id(), verdict));
        Map<Side, Unpaired> unpaired = new LinkedHashMap<>();
        for (Verdict verdict : standing) {
            SocketLifecycle story = verdict.story();
            if (isShut(verdict)) {
                Leg leg = legThatEnded(story);
                SocketLifecycle ended = leg == null ? null : leg.story();
                if (ended != null) {
                    place(new ProxiedSession(story, ended, leg), byId);
                } else {
                    unpaired.computeIfAbsent(Side.of(story, story.isAccepted()), side -> new Unpaired())
                            .shut
                            .add(story);
                }
            } else if (hasEndedAndIsRead(verdict) && story.legs().isEmpty()) {
                unpaired.computeIfAbsent(Side.of(story, !story.isAccepted()), side -> new Unpaired())
                        .ended
                        .add(story);
            }
        }
        unpaired.forEach((side, legs) -> placeUnpaired(side, legs, byId));
        List<Verdict> left = new ArrayList<>();
        standing.stream().filter(v -> !placed.containsKey(v.story().id())).forEach(left::add);
        return left;
    }

    /** Whose legs they are, and whether it is the front that it has shut: then it is the back that has ended. */
    private record Side(long netns, int pid, boolean frontIsShut) {
        static Side of(SocketLifecycle story, boolean frontIsShut) {
            return new Side(story.netns(), Piles.pid(story), frontIsShut);
        }
    }

    private static final class Unpaired {
        private final List<SocketLifecycle> shut = new ArrayList<>();
        private final List<SocketLifecycle> ended = new ArrayList<>();

        /**
         * Whoever passes a half-close on does it at once, and so with bytes; the one or the other may be covered by what came
         * later, such as an answer to a keep-alive probe.
         */
        boolean areOfTheSameTimes() {
            return agree(SocketLifecycle::standsSinceNs, SocketLifecycle::standsSinceNs)
                    || agree(
                            story -> movedNs(story, TcpEvent::dataSentJiffies),
                            story -> movedNs(story, TcpEvent::dataReceivedJiffies));
        }

        private static @Nullable Long movedNs(SocketLifecycle story, ToLongFunction<TcpEvent> ageInJiffies) {
            TcpEvent look = story.look();
            return look == null
                    ? null
                    : look.ktimeNs()
                            - ageInJiffies.applyAsLong(look) * story.session().jiffyNs();
        }

        private boolean agree(
                Function<SocketLifecycle, @Nullable Long> ofShut, Function<SocketLifecycle, @Nullable Long> ofEnded) {
            List<Long> one = times(shut, ofShut);
            List<Long> other = times(ended, ofEnded);
            int most = Math.max(shut.size(), ended.size());
            int agreeing = 0;
            for (int i = 0, j = 0; i < one.size() && j < other.size(); ) {
                long byNs = one.get(i) - other.get(j);
                agreeing += Math.abs(byNs) <= AT_ONCE_NS ? 1 : 0;
                i += byNs <= AT_ONCE_NS ? 1 : 0;
                j += byNs >= -AT_ONCE_NS ? 1 : 0;
            }
            return agreeing >= ABOUT * most;
        }

        private static List<Long> times(
                List<SocketLifecycle> stories, Function<SocketLifecycle, @Nullable Long> timeNs) {
            List<Long> times = new ArrayList<>();
            for (SocketLifecycle story : stories) {
                Long ns = timeNs.apply(story);
                if (ns != null) {
                    times.add(ns);
                }
            }
            times.sort(null);
            return times;
        }
    }

    /** As many of each that belong to nobody else, and at the same times: sessions, though not which to which. */
    private void placeUnpaired(Side side, Unpaired legs, Map<SocketId, Verdict> byId) {
        int sessions = Math.min(legs.shut.size(), legs.ended.size());
        if (side.pid == 0 || sessions == 0) {
            return;
        }
        if (sessions < ABOUT * Math.max(legs.shut.size(), legs.ended.size()) || !legs.areOfTheSameTimes()) {
            legs.shut.forEach(story -> mayBeLegs.put(story.id(), legs.ended.size()));
            legs.ended.forEach(story -> mayBeLegs.put(story.id(), legs.shut.size()));
            return;
        }
        for (int i = 0; i < sessions; i++) {
            place(new ProxiedSession(legs.shut.get(i), legs.ended.get(i), null), byId);
        }
    }

    private void place(ProxiedSession session, Map<SocketId, Verdict> byId) {
        if (placed.containsKey(session.ended().id())) {
            return; // one leg of several that share it
        }
        SocketLifecycle front = session.front();
        Pile pile = pile(new PileKey(
                IncidentKind.PROXY_PAIR_PILE,
                session.shut().netns(),
                Ownership.HELD,
                pid(session.shut()),
                ":" + front.local().port()));
        pile.sessions.add(session);
        for (SocketLifecycle leg : List.of(session.shut(), session.ended())) {
            placed.put(leg.id(), pile);
            Verdict verdict = byId.get(leg.id());
            if (verdict != null) {
                pile.add(verdict);
            }
        }
    }

    /** Half-closed by its holder, acknowledged, and the peer's FIN does not come. */
    private static boolean isShut(Verdict verdict) {
        boolean missing =
                verdict.name() == VerdictName.FIN_MISSING_HELD || verdict.name() == VerdictName.FIN_DROPPED_HERE;
        return missing
                && verdict.story().state() == TcpState.FIN_WAIT2
                && verdict.story().ownership() == Ownership.HELD;
    }

    private static boolean hasEndedAndIsRead(Verdict verdict) {
        return verdict.name() == VerdictName.CLOSE_WAIT_PAIRED
                || verdict.name() == VerdictName.CLOSE_WAIT_EOF_MAYBE_READ;
    }

    private static @Nullable Leg legThatEnded(SocketLifecycle shut) {
        for (Leg leg : shut.legs()) {
            SocketLifecycle story = leg.story();
            boolean ended = story != null
                    && leg.isEvidence()
                    && story.state() == TcpState.CLOSE_WAIT
                    && story.ownership() == Ownership.HELD
                    && (leg.how() == Leg.How.EOF_THEN_SHUT || story.isReadToTheEnd());
            if (ended) {
                return leg;
            }
        }
        return null;
    }

    private static int pid(SocketLifecycle story) {
        Holder holder = story.holder();
        return holder == null ? 0 : holder.pid();
    }

    private void placeOthers(List<Verdict> left) {
        Map<IncidentKind, List<Verdict>> byKind = new HashMap<>();
        for (Verdict verdict : left) {
            IncidentKind kind = kind(verdict);
            if (kind != null) {
                byKind.computeIfAbsent(kind, k -> new ArrayList<>()).add(verdict);
            }
        }
        for (IncidentKind kind : ORDER) {
            for (Verdict verdict : byKind.getOrDefault(kind, List.of())) {
                placeUnlessOtherEnd(kind, verdict);
            }
        }
    }

    private void placeUnlessOtherEnd(IncidentKind kind, Verdict verdict) {
        SocketLifecycle story = verdict.story();
        SocketLifecycle otherEnd = story.otherEnd();
        Pile ofOtherEnd = otherEnd == null ? null : placed.get(otherEnd.id());
        if (ofOtherEnd != null) {
            ofOtherEnd.count(verdict);
            placed.put(story.id(), ofOtherEnd);
            return;
        }
        Ownership ownership = story.ownership();
        int pid = ownership == Ownership.HELD || kind == IncidentKind.DESCRIPTOR_LEAK ? pid(story) : 0;
        Pile pile = pile(new PileKey(kind, story.netns(), ownership, pid, service(story)));
        pile.add(verdict);
        pile.mayBeLegsOf = Math.max(pile.mayBeLegsOf, mayBeLegs.getOrDefault(story.id(), 0));
        pile.isUndecided |= awaitsLook(kind, story) || awaitsOtherEnd(kind, story);
        placed.put(story.id(), pile);
    }

    private Pile pile(PileKey key) {
        return piles.computeIfAbsent(key, k -> new Pile(k, nowNs));
    }

    /** What clients came to, or where we went. */
    private static String service(SocketLifecycle story) {
        if (story.isAccepted()) {
            return ":" + story.local().port();
        }
        for (Leg leg : story.legs()) {
            SocketLifecycle front = leg.story();
            if (front != null && front.isAccepted()) {
                return ":" + front.local().port();
            }
        }
        return "to port " + story.remote().port();
    }

    private @Nullable IncidentKind kind(Verdict verdict) {
        boolean held = verdict.findings().stream().anyMatch(finding -> finding.name() == FindingName.HELD_AFTER_CLOSE);
        if (held) {
            return IncidentKind.DESCRIPTOR_LEAK;
        }
        return switch (verdict.name()) {
            case FIN_MISSING_HELD, FIN_MISSING_ORPHAN -> IncidentKind.FIN_MISSING_PILE;
            case CLOSE_WAIT_EOF_MAYBE_READ -> IncidentKind.CLOSE_WAIT_LEAK;
            case CLOSE_WAIT_EOF_UNREAD -> unread(verdict);
            case CLOSE_WAIT_UNACCEPTED -> IncidentKind.ACCEPT_QUEUE_PILE;
            case FIN_DROPPED_HERE -> IncidentKind.LOCAL_DROP;
            case FIN_RETRANSMITTING,
                    FIN_UNACKED_USER_TIMEOUT,
                    FIN_UNACKED_HELD_TIMEOUT,
                    FIN_UNACKED_ORPHAN_TIMEOUT,
                    DATA_AND_FIN_UNACKED_TIMEOUT -> IncidentKind.FIN_UNACKED_PILE;
            case FIN_UNSENT_ZERO_WINDOW, FIN_UNSENT_ZERO_WINDOW_KILLED, FIN_UNSENT_LOCAL_EGRESS ->
                IncidentKind.FIN_UNSENT_PILE;
            case RST_RECEIVED, RST_BY_US_UNREAD, RST_BY_US_LINGER2, DATA_AFTER_CLOSE -> IncidentKind.RESET_PILE;
            default -> null;
        };
    }

    /** Whether the process runs is known once its threads were looked at; until then there is nothing to say of the pile. */
    private IncidentKind unread(Verdict verdict) {
        SocketLifecycle story = verdict.story();
        ThreadActivity threads = story.threads(pid(story));
        return threads != null && threads.kind() == ThreadActivity.Kind.FROZEN
                ? IncidentKind.PROCESS_FROZEN
                : IncidentKind.CLOSE_WAIT_UNREAD_PILE;
    }

    /** That it waits for our FIN is about to be told of the other end: of which this is one more view. */
    private boolean awaitsOtherEnd(IncidentKind kind, SocketLifecycle story) {
        SocketLifecycle otherEnd = story.otherEnd();
        if (kind != IncidentKind.FIN_UNACKED_PILE) {
            return false;
        }
        if (otherEnd == null) {
            return awaitsFirstLook(story);
        }
        if (otherEnd.isDone()) {
            return false;
        }
        boolean awaitsFin =
                otherEnd.state() == TcpState.FIN_WAIT2 || otherEnd.ending().inFinWait2Minisock();
        long decidedAfterNs = otherEnd.session().stuckAfterNs() + UNTIL_TOLD_NS;
        return awaitsFin && nowNs - otherEnd.sinceNs() < decidedAfterNs;
    }

    /** Met by a repeat of its FIN, before the look at all that stood already: so far nobody has met its other end. */
    private boolean awaitsFirstLook(SocketLifecycle story) {
        return story.historyFrom() == HistoryFrom.FIRST_EVENT
                && story.sinceIsAtLeast()
                && !story.isDone()
                && story.look() == null
                && nowNs - story.sinceNs() < story.session().stuckAfterNs() + UNTIL_LOOKED_AT_NS;
    }

    private boolean awaitsLook(IncidentKind kind, SocketLifecycle story) {
        Long sinceNs = story.standsSinceNs();
        return kind == IncidentKind.CLOSE_WAIT_UNREAD_PILE
                && story.threads(pid(story)) == null
                && sinceNs != null
                && nowNs - sinceNs < story.session().stuckAfterNs() + UNTIL_LOOKED_AT_NS;
    }
}
