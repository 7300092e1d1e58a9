package io.fintrail.incident;

import io.fintrail.incident.Incident.Change;
import io.fintrail.incident.Incident.Limit;
import io.fintrail.incident.Incident.Pairing;
import io.fintrail.incident.Incident.Peer;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An incident as it goes on: what was said of it last, and how it grows. */
final class OpenIncident {
    private static final int MOST_PEERS = 5;
    private static final long SECOND_NS = 1_000_000_000L;

    /** Growth is told over this. */
    private static final long LATELY_NS = 10 * SECOND_NS;

    private static final long GROWTH_NEEDS_NS = 2 * SECOND_NS;

    /** Told again after a change by a quarter, or after any change at such intervals. */
    private static final double WORTH_TELLING = 0.25;

    private static final long TOLD_AT_MOST_NS = 10 * SECOND_NS;

    private record Sample(long atNs, int size) {}

    private final PileKey key;
    private final long openedNs;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private int toldSize;
    private long toldNs;
    private @Nullable Incident told;
    /** As it was told when it was largest. */
    private @Nullable Incident largest;

    OpenIncident(PileKey key, long openedNs) {
        this.key = key;
        this.openedNs = openedNs;
    }

    PileKey key() {
        return key;
    }

    /** Whether there is something new worth a line, and what. */
    @Nullable
    Change change(Pile pile, long nowNs) {
        sample(pile, nowNs);
        int by = pile.size() - toldSize;
        boolean much = Math.abs(by) > WORTH_TELLING * toldSize;
        boolean longAgo = nowNs - toldNs >= TOLD_AT_MOST_NS;
        if (by == 0 && longAgo) {
            return knowsMore(pile) ? Change.UPDATED : null;
        }
        if (by == 0 || !(much || longAgo)) {
            return null;
        }
        return by > 0 ? Change.GREW : Change.SHRANK;
    }

    /** Numbers of limits move all the time: only which ones there are counts. */
    private boolean knowsMore(Pile pile) {
        Incident before = Objects.requireNonNull(told);
        Situation now = new Situation(pile);
        return !before.waitsFor().equals(Headline.waitsFor(now))
                || !before.fin().equals(now.fin())
                || !before.pairing().equals(pairing(pile))
                || !names(before.limits()).equals(names(Limits.of(pile)));
    }

    private static List<String> names(List<Limit> limits) {
        return limits.stream().map(Limit::what).toList();
    }

    private void sample(Pile pile, long nowNs) {
        samples.add(new Sample(nowNs, pile.size()));
        while (nowNs - samples.getFirst().atNs > LATELY_NS) {
            samples.removeFirst();
        }
    }

    Incident tell(Change change, Pile pile, long nowNs) {
        toldSize = pile.size();
        toldNs = nowNs;
        Situation situation = new Situation(pile);
        Map<String, Integer> peers = peers(pile);
        List<Peer> most = peers.entrySet().stream()
                .map(peer -> new Peer(peer.getKey(), peer.getValue()))
                .sorted((one, other) -> one.count() != other.count()
                        ? Integer.compare(other.count(), one.count())
                        : one.address().compareTo(other.address()))
                .limit(MOST_PEERS)
                .toList();
        Advice advice = Advice.on(situation);
        SocketLifecycle oldest = oldest(pile);
        Long oldestNs = oldest.standsSinceNs();
        Incident incident = new Incident(
                id(),
                change,
                key.kind(),
                nowNs,
                openedNs,
                oldestNs == null ? oldest.endedAtNs() : oldestNs,
                oldest.sinceIsAtLeast(),
                situation.holder(),
                situation.process(),
                key.service(),
                pile.size(),
                growth(pile, nowNs),
                situation.closedFirst(),
                Collections.unmodifiableMap(new EnumMap<>(pile.verdicts)),
                most,
                peers.size() - most.size(),
                situation.fin(),
                pairing(pile),
                Limits.of(pile),
                Headline.of(situation),
                Headline.waitsFor(situation),
                Headline.ends(situation),
                advice.doNow(),
                advice.prevent(),
                advice.notACure(),
                advice.cannotKnow());
        told = incident;
        if (largest == null || incident.size() >= largest.size()) {
            largest = incident;
        }
        return incident;
    }

    /** As it was told when it was largest, but for what is left of it. */
    Incident closed(long nowNs, int left, String why) {
        return Objects.requireNonNull(largest).over(nowNs, left, why);
    }

    /** As it was told last. */
    Incident watchedNoMore(long nowNs) {
        return Objects.requireNonNull(told).unwatched(nowNs);
    }

    String id() {
        return key.kind() + "-" + key.ownership().name().toLowerCase(Locale.ROOT) + "-" + key.pid() + "-" + key.netns()
                + "-" + key.service().replaceAll("[^0-9A-Za-z]+", "") + "-" + openedNs;
    }

    /** Of what was watched, not of when its connections came to stand: those that have left again would be missing. */
    private @Nullable Double growth(Pile pile, long nowNs) {
        Sample first = samples.peekFirst();
        return first == null || nowNs - first.atNs < GROWTH_NEEDS_NS
                ? null
                : (pile.size() - first.size) * (double) SECOND_NS / (nowNs - first.atNs);
    }

    private static SocketLifecycle oldest(Pile pile) {
        SocketLifecycle oldest = pile.any();
        for (SocketLifecycle story : pile.awaiting()) {
            Long sinceNs = story.standsSinceNs();
            Long before = oldest.standsSinceNs();
            if (sinceNs != null && (before == null || sinceNs < before)) {
                oldest = story;
            }
        }
        return oldest;
    }

    private static Map<String, Integer> peers(Pile pile) {
        Map<String, Integer> peers = new HashMap<>();
        pile.fronts().forEach(story -> peers.merge(story.remote().address(), 1, Integer::sum));
        return peers;
    }

    private static Pairing pairing(Pile pile) {
        int certain = 0;
        int inferred = 0;
        for (ProxiedSession session : pile.sessions) {
            if (session.leg() != null && session.leg().confirmed()) {
                certain++;
            } else if (session.leg() != null) {
                inferred++;
            }
        }
        return new Pairing(certain, inferred, pile.sessions.size() - certain - inferred);
    }
}
