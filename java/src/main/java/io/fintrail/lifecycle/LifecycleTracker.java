package io.fintrail.lifecycle;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import io.fintrail.event.TraceSink;
import io.fintrail.lifecycle.Deadlines.Due;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * Events to stories. Events wait until a CLOCK says that everything before them has arrived, and are folded in order
 * of ktime: CPUs hand them over slightly out of order. Every deadline fires on the same clock, so a replay takes the
 * same decisions at the same points. Single-threaded.
 */
public final class LifecycleTracker implements TraceSink {
    /** How long a CLOSE waits for its neighbours: resets are reported after it (tcp_send_reset). */
    public static final long HOLD_NS = 5_000_000;

    /** Where only a reset of ours explains a CLOSE, that is waited for: its CPU may have been taken away in between. */
    private static final long RESET_AT_MOST_NS = 200_000_000;

    /** Bounds memory where nothing else does. */
    public static final int USUAL_MOST_STORIES = 500_000;

    private static final long SECOND_NS = 1_000_000_000L;
    private static final int MPTCP = 262;
    private static final long LATE_FIN_NS = 120 * SECOND_NS;

    /** A snapshot ends within this, as a rule; holders are known only then. */
    private static final long SNAPSHOT_AT_MOST_NS = 2 * SECOND_NS;

    private final LifecycleListener listener;
    private final SocketTable sockets;
    private final Strays strays = new Strays();
    private Closes closes = Closes.NONE;
    private final Host host = new Host();
    private final PairFinder pairs = new PairFinder();
    private final TimeQueue<Evidence> waiting = new TimeQueue<>(Evidence::inOrder);
    private final PriorityQueue<HostNote> notes = new PriorityQueue<>(Comparator.comparingLong(HostNote::ktimeNs));
    private final Deadlines deadlines = new Deadlines(this::meet);
    private final SnapshotKeeper snapshots;
    private Session session = new Session(new TreeMap<>());
    private final Map<TcpState, Long> counting = new EnumMap<>(TcpState.class);
    private final Map<TcpState, Long> counted = new EnumMap<>(TcpState.class);
    private long nowNs;
    private long wallOffsetNs;
    /** By the number of the kind, which is a byte. */
    private final long[] events = new long[256];

    public LifecycleTracker(LifecycleListener listener) {
        this(listener, USUAL_MOST_STORIES);
    }

    /** @param mostStories are held; beyond that the oldest is given up */
    public LifecycleTracker(LifecycleListener listener, int mostStories) {
        this.listener = listener;
        sockets = new SocketTable(mostStories, listener::onEvicted);
        snapshots = new SnapshotKeeper(listener, sockets::joinEnds);
    }

    /** Events read so far. */
    public long events() {
        return Arrays.stream(events).sum();
    }

    /** The same by kind. */
    public Map<TcpEventKind, Long> eventsByKind() {
        Map<TcpEventKind, Long> byKind = new EnumMap<>(TcpEventKind.class);
        for (TcpEventKind kind : TcpEventKind.values()) {
            byKind.put(kind, events[kind.number()]);
        }
        return byKind;
    }

    /** Facts that the recording says it lost. */
    public long lost() {
        return host.gaps.lost();
    }

    /** Stories that were given up to keep memory bounded. */
    public long evicted() {
        return sockets.evicted();
    }

    /** Stories held now: of sockets that stand, and of ended ones for which something may still come. */
    public int tracked() {
        return sockets.all().size();
    }

    /** How many sockets the newest full snapshot saw in each state; a FIN_WAIT2 minisock counts as FIN_WAIT2. */
    public Map<TcpState, Long> sockets() {
        return new EnumMap<>(counted);
    }

    /** How many connections are in each state now, as far as events tell; a FIN_WAIT2 minisock counts as FIN_WAIT2. */
    public Map<TcpState, Integer> states() {
        int[] counts = new int[TcpState.values().length];
        for (SocketLifecycle story : sockets.all()) {
            if (!story.done && !story.subflow) {
                counts[story.state().number()]++;
            }
        }
        Map<TcpState, Integer> states = new EnumMap<>(TcpState.class);
        for (TcpState state : TcpState.values()) {
            int count = counts[state.number()];
            if (count > 0 && state != TcpState.CLOSE && state != TcpState.NONE) {
                states.put(state, count);
            }
        }
        return states;
    }

    /** Wall clock minus ktime, as of the newest CLOCK. */
    public long wallOffsetNs() {
        return wallOffsetNs;
    }

    @Override
    public void onSession(Session session) {
        boolean isNewRun = !session.run().equals(this.session.run());
        long unwatchedSinceNs = nowNs == 0 ? 0 : nowNs + wallOffsetNs - session.wallOffsetNs();
        if (isNewRun) {
            finish();
            listener.onRunEnd();
            sockets.clear();
            strays.clear();
            closes = Closes.NONE;
            deadlines.clear();
            host.forget();
            pairs.clear();
            nowNs = 0;
        }
        this.session = session;
        wallOffsetNs = session.wallOffsetNs();
        listener.onSession(session);
        if (isNewRun && unwatchedSinceNs != 0 && unwatchedSinceNs < session.beganNs()) {
            listener.onGap(new Gap(unwatchedSinceNs, session.beganNs(), 0, TcpEventKind.UNKNOWN, Gap.NOT_WATCHED));
        }
    }

    @Override
    public void onEvent(TcpEvent event, long index) {
        events[event.kind().number()]++;
        waiting.add(new Evidence(index, event.copy(), session.reason(event)));
    }

    @Override
    public void onClock(long drainedToNs, long wallOffsetNs) {
        this.wallOffsetNs = wallOffsetNs;
        advance(drainedToNs);
    }

    @Override
    public void onGap(Gap gap) {
        host.gaps.add(gap);
        listener.onGap(gap);
    }

    @Override
    public void onNote(HostNote note) {
        notes.add(note);
    }

    @Override
    public void onEnd(long ktimeNs) {
        advance(ktimeNs);
    }

    /** Folds what has not been covered by a CLOCK, and tells of every story that is half-closed or within its hold. */
    public void finish() {
        while (!waiting.isEmpty() || !notes.isEmpty()) {
            advance(Math.min(nextEventNs(), nextNoteNs()));
        }
        List<SocketLifecycle> pending = new ArrayList<>(sockets.all());
        pending.sort(Comparator.comparingLong(SocketLifecycle::sinceNs).thenComparingLong(s -> s.id().cookie()));
        for (SocketLifecycle story : pending) {
            boolean closing = story.standsSinceNs() != null || story.ending().close() != null;
            if (!story.done && closing && story.hasLine()) {
                listener.onPending(story, nowNs);
            }
        }
    }

    private long nextEventNs() {
        Evidence next = waiting.peek();
        return next == null ? Long.MAX_VALUE : next.atNs();
    }

    private long nextNoteNs() {
        HostNote next = notes.peek();
        return next == null ? Long.MAX_VALUE : next.ktimeNs();
    }

    private void advance(long toNs) {
        while (true) {
            long eventNs = nextEventNs();
            long noteNs = nextNoteNs();
            long nextNs = Math.min(eventNs, noteNs);
            if (nextNs > toNs || nextNs == Long.MAX_VALUE) {
                break;
            }
            fire(nextNs);
            nowNs = Math.max(nowNs, nextNs);
            if (eventNs <= noteNs) {
                fold(Objects.requireNonNull(waiting.poll()));
            } else {
                learn(notes.remove());
            }
        }
        fire(toNs);
        nowNs = Math.max(nowNs, toNs);
        listener.onTime(nowNs);
    }

    private void learn(HostNote note) {
        if (note.kind() == HostNote.Kind.CLOSES) {
            closes = closes.and(note);
            listener.onCloses(closes);
            return;
        }
        host.learn(note);
        if (note.kind() == HostNote.Kind.SNAPSHOT) {
            if (note.says("everything")) {
                counted.clear();
                counted.putAll(counting);
            }
            counting.clear();
            LatePairs.find(sockets.all(), Snapshot.of(note));
            UntracedLegs.find(sockets.all(), session);
            snapshots.settle(
                    Snapshot.of(note), new ArrayList<>(sockets.all()), session, nowNs, this::end, sockets::forget);
        }
    }

    private void fire(long untilNs) {
        while (deadlines.nextNs() <= untilNs) {
            nowNs = Math.max(nowNs, deadlines.nextNs());
            deadlines.meetNext();
        }
    }

    private void fold(Evidence evidence) {
        if (evidence.event().kind() == TcpEventKind.SOCKET && evidence.event().newState() == TcpState.LISTEN) {
            host.learn(evidence.event());
            return;
        }
        if (evidence.event().kind() == TcpEventKind.SOCKET) {
            counting.merge(evidence.event().oldState(), 1L, Long::sum);
        }
        SocketLifecycle story = sockets.find(evidence.event(), session, host);
        if (story == null) {
            if (session.isAudit() && isNobodysYet(evidence.event())) {
                keepStray(evidence);
            }
            return;
        }
        foldInto(story, evidence);
        if (session.isAudit() && !story.soughtStrays && story.identified()) {
            story.soughtStrays = true;
            strays.claim(story, nowNs).forEach(waiting::add); // in order with what else is told of it now
        }
    }

    /** No socket was attached to it, or one that an audit has given no cookie yet. */
    private static boolean isNobodysYet(TcpEvent event) {
        return event.is(TcpEventLayout.FLAG_TUPLE_FROM_SEGMENT) || event.cookie() == 0;
    }

    private void keepStray(Evidence evidence) {
        Evidence forgotten = strays.add(evidence, nowNs);
        if (forgotten == null || !forgotten.isDropped()) {
            return;
        }
        // Whoever's it was: of that connection nothing is certain any more.
        onGap(new Gap(forgotten.atNs(), nowNs, 1, forgotten.event().kind(), Gap.TOO_MANY_STRAYS));
    }

    private void foldInto(SocketLifecycle story, Evidence evidence) {
        boolean wasDone = story.done;
        boolean knewLateFin = story.ending().hasSeenLateFin();
        Evidence seenFromHere = sockets.oriented(evidence, story);
        LifecycleFolder.fold(story, seenFromHere);
        story.lastEventNs = nowNs;
        story.absences = 0;
        pairs.observe(story, seenFromHere.event());
        noteLeg(story, seenFromHere.event());
        if (!wasDone) {
            sockets.index(story);
        }
        listener.onFolded(story, seenFromHere);
        schedule(story, seenFromHere.event());
        if (story.subflow) {
            return;
        }
        if (wasDone) {
            boolean letGo = story.toldHeld && seenFromHere.event().kind() == TcpEventKind.DESTROY;
            if (letGo || (story.ending().hasSeenLateFin() && !knewLateFin)) {
                listener.onLateFact(story, nowNs);
            }
        } else if (story.standing && seenFromHere.event().kind() != TcpEventKind.HOLDER) {
            deadlines.at(nowNs + HOLD_NS, story, Due.LOOK_AGAIN);
        }
    }

    private void noteLeg(SocketLifecycle story, TcpEvent event) {
        SocketLifecycle other = event.kind() == TcpEventKind.LEG ? sockets.byCookie(event.otherCookie()) : null;
        if (other != null) {
            pairs.passedOn(story, other, event);
        }
    }

    private void schedule(SocketLifecycle story, TcpEvent event) {
        if (story.done) {
            if (event.kind() == TcpEventKind.DESTROY) {
                deadlines.at(nowNs + HOLD_NS, story, Due.FORGET);
            }
            return;
        }
        boolean dropped = !story.peerFin().drops().isEmpty() && !story.peerFin().isReceived();
        boolean begins = story.halfClosedSinceNs == null && (isHalfClosed(story.state()) || dropped);
        if (begins && event.kind() == TcpEventKind.SOCKET) {
            // Met so: it is judged when the snapshot is complete and its holders are known, else when it is time.
            story.halfClosedSinceNs = story.sinceNs;
            deadlines.at(
                    Math.max(nowNs + SNAPSHOT_AT_MOST_NS, story.sinceNs + session.stuckAfterNs()), story, Due.STUCK);
        } else if (begins) {
            story.halfClosedSinceNs = event.ktimeNs();
            deadlines.at(event.ktimeNs() + session.stuckAfterNs(), story, Due.STUCK);
        }
        if (event.kind() == TcpEventKind.SOCKET || event.kind() == TcpEventKind.HOLDER) {
            scheduleAfterLook(story, event);
            return;
        }
        boolean closedNow = event.kind() == TcpEventKind.STATE && event.newState() == TcpState.CLOSE;
        boolean lostItsEnd =
                event.kind() == TcpEventKind.DESTROY && story.ending().close() == null;
        boolean minisockSpoke = event.is(TcpEventLayout.FLAG_TIME_WAIT) || story.finMetNoMinisock();
        boolean resetIsLate =
                event.kind() == TcpEventKind.RESET_SENT && story.ending().close() != null;
        if (lostItsEnd) {
            story.chainBroken = true;
        }
        if (closedNow || lostItsEnd || minisockSpoke || resetIsLate) {
            deadlines.at(event.ktimeNs() + HOLD_NS, story, Due.HOLD);
        }
    }

    /** A row is no neighbour of a CLOSE, but a minisock's says when it will end, or that the peer's FIN has come. */
    private void scheduleAfterLook(SocketLifecycle story, TcpEvent event) {
        if (!event.is(TcpEventLayout.FLAG_TIME_WAIT)) {
            return;
        }
        if (story.peerFin().late()) {
            deadlines.at(nowNs + HOLD_NS, story, Due.HOLD);
        } else if (story.ending().close() == null) {
            expectEndOfMinisock(story);
        }
    }

    private static boolean isHalfClosed(TcpState state) {
        return state.awaitsAckOfFin() || state == TcpState.FIN_WAIT2 || state == TcpState.CLOSE_WAIT;
    }

    private void meet(SocketLifecycle story, Due due) {
        switch (due) {
            case HOLD -> settle(story);
            case MINISOCK -> {
                if (story.done) {
                    return;
                }
                if (nowNs < story.minisockEndNs()) {
                    expectEndOfMinisock(story); // a row told since that it lives longer
                    return;
                }
                story.ending().minisockExpired = true;
                end(story);
            }
            case STUCK -> {
                if (!story.done && !story.subflow && !story.standing) {
                    story.standing = true;
                    deadlines.at(Math.max(nowNs, story.lastEventNs + HOLD_NS), story, Due.LOOK_AGAIN);
                }
            }
            case LOOK_AGAIN -> {
                // An event since then looks again itself: neighbours may still be missing, and a CLOSE ends it.
                boolean settled =
                        nowNs >= story.lastEventNs + HOLD_NS && !story.mayHaveBecomeMinisock() && !story.owesReset();
                if (!story.done && settled) {
                    sockets.joinEnds(story);
                    listener.onStanding(story, nowNs);
                }
            }
            case FORGET -> sockets.forget(story);
        }
    }

    private void expectEndOfMinisock(SocketLifecycle story) {
        if (story.minisockEndNs() != Long.MAX_VALUE) {
            // Where a FIN says by its time alone whether it was taken, nothing is told before that is over.
            long settledNs = session.namesReceivingSocket() ? 0 : story.minisockGoneByNs() + HOLD_NS;
            deadlines.at(Math.max(story.minisockEndNs() + SECOND_NS, settledNs), story, Due.MINISOCK);
        }
    }

    /** The neighbours of a CLOSE are in: either the story is over, or a minisock goes on with it. */
    private void settle(SocketLifecycle story) {
        if (story.done) {
            return;
        }
        boolean stillWaits =
                story.ending().inFinWait2Minisock() && !story.peerFin().isReceived() && !story.finMetNoMinisock();
        if (stillWaits || story.mayHaveBecomeMinisock()) {
            expectEndOfMinisock(story);
            return;
        }
        long resetByNs = story.owesReset() ? story.endedAtNs() + RESET_AT_MOST_NS : 0;
        if (nowNs < resetByNs) {
            deadlines.at(resetByNs, story, Due.HOLD);
            return;
        }
        end(story);
    }

    private void end(SocketLifecycle story) {
        story.done = true;
        sockets.joinEnds(story);
        if (story.hasLine()) {
            listener.onFinal(story, nowNs);
        }
        boolean finMayStillCome =
                story.ending().wentToFinWait2Minisock() && !story.peerFin().isReceived();
        if (finMayStillCome) {
            deadlines.at(nowNs + LATE_FIN_NS, story, Due.FORGET);
        } else if (story.destroyedAtNs != null || story.protocol() == MPTCP) {
            // An MPTCP connection is never seen to be released.
            deadlines.at(nowNs + HOLD_NS, story, Due.FORGET);
        }
    }
}
