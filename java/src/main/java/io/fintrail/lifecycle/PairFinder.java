package io.fintrail.lifecycle;

import io.fintrail.event.SocketId;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A proxy that passes a half-close on: one thread reads EOF on one leg, and at once shuts the sending side of the other.
 * One that reads several EOFs before it shuts their other legs (haproxy, of one epoll batch) is seen to pass all of them
 * on, but not which to where: two legs that could be meant are none. Single-threaded.
 */
final class PairFinder {
    /** haproxy takes 0.03 ms (median) to 0.2 ms (99 of 100) between the two. */
    private static final long AT_ONCE_NS = 5_000_000;

    /** What was read this long ago may be passed on (READ_KEPT_MS in legs.bpf.h): one that was missed may be meant. */
    private static final long READ_KEPT_NS = 2_000_000_000L;

    private static final int MAX_THREADS = 10_000;
    private static final int MOST_AT_ONCE = 1_000;

    /** What one thread read and shut at once. */
    static final class Burst {
        private final Set<SocketLifecycle> reads = new LinkedHashSet<>();
        private final Set<SocketLifecycle> legs = new LinkedHashSet<>();
        /** Until then a leg may belong to an EOF of the burst before, which had more of them than legs. */
        private final long doubtfulUntilNs;

        private boolean doubtful;
        private long readAtNs;

        Burst(long doubtfulUntilNs) {
            this.doubtfulUntilNs = doubtfulUntilNs;
        }

        private void read(SocketLifecycle story, long atNs) {
            doubtful |= atNs <= doubtfulUntilNs || reads.size() == MOST_AT_ONCE;
            if (reads.size() < MOST_AT_ONCE) {
                reads.add(story);
            }
            readAtNs = atNs;
        }

        /** What begins when the same thread reads on after it has shut. */
        private Burst next() {
            return new Burst(legs.size() >= reads.size() ? doubtfulUntilNs : readAtNs + AT_ONCE_NS);
        }

        /** The legs that were shut; empty unless there is one for each EOF. */
        Set<SocketLifecycle> legs() {
            return !doubtful && legs.size() == reads.size() ? Collections.unmodifiableSet(legs) : Set.of();
        }
    }

    private final Map<Integer, Burst> byThread = new HashMap<>();

    void observe(SocketLifecycle story, TcpEvent event) {
        if (event.is(TcpEventLayout.FLAG_KERNEL_THREAD)) {
            return;
        }
        if (event.kind() == TcpEventKind.EOF_READ && event.newState() == TcpState.CLOSE_WAIT) {
            eofRead(story, event);
        } else if (event.kind() == TcpEventKind.STATE && event.newState() == TcpState.FIN_WAIT1) {
            shut(story, event);
        } else if (event.kind() == TcpEventKind.STATE && event.newState() == TcpState.LAST_ACK) {
            answered(story, event);
        }
    }

    /** It answered the peer's FIN on the same leg: nothing is passed on. */
    private void answered(SocketLifecycle story, TcpEvent event) {
        Burst burst = byThread.get(event.tid());
        if (burst != null) {
            burst.reads.remove(story);
        }
    }

    private void eofRead(SocketLifecycle story, TcpEvent event) {
        if (byThread.size() > MAX_THREADS) {
            byThread.clear();
        }
        Burst before = current(event);
        Burst burst = before == null ? new Burst(Long.MIN_VALUE) : before.legs.isEmpty() ? before : before.next();
        byThread.put(event.tid(), burst);
        burst.read(story, event.ktimeNs());
    }

    private @Nullable Burst current(TcpEvent event) {
        Burst burst = byThread.get(event.tid());
        return burst == null || event.ktimeNs() - burst.readAtNs > AT_ONCE_NS ? null : burst;
    }

    private void shut(SocketLifecycle other, TcpEvent event) {
        Burst burst = current(event);
        boolean passedOn = burst != null && !event.shutBothWays() && !burst.reads.contains(other);
        if (burst == null || !passedOn || burst.reads.isEmpty()) {
            byThread.remove(event.tid());
            return;
        }
        SocketLifecycle first = burst.reads.iterator().next();
        if (burst.reads.size() == 1 && burst.legs.isEmpty() && !burst.doubtful) {
            boolean others = first.legTo(other) == null
                    && !(first.legs().isEmpty() && other.legs().isEmpty());
            if (!others) {
                join(first, other, Leg.How.EOF_THEN_SHUT, true);
            }
            byThread.remove(event.tid());
            return;
        }
        burst.legs.add(other);
        for (SocketLifecycle read : burst.reads) {
            read.burst = burst;
        }
    }

    /**
     * A thread passed something on from {@code other} to {@code story}. Where it had read from several, that is a guess, and
     * none is told but of legs that are known.
     */
    void passedOn(SocketLifecycle story, SocketLifecycle other, TcpEvent event) {
        if (areOfOneSide(story, other)) {
            return;
        }
        boolean alone = event.legCandidates() == 1
                && !story.mayHaveMissed(TcpEventKind.LEG, event.ktimeNs() - READ_KEPT_NS, event.ktimeNs())
                && !story.mayHaveMissed(TcpEventKind.EOF_READ, event.ktimeNs() - READ_KEPT_NS, event.ktimeNs());
        if (!alone && story.legTo(other) == null) {
            return;
        }
        switch (event.legHow()) {
            case CONNECTED -> join(story, other, Leg.How.READ_THEN_CONNECT, alone);
            case SAME_LENGTH -> join(story, other, Leg.How.SAME_LENGTH, alone);
            case NEXT_SEND -> join(story, other, Leg.How.NEXT_SEND, alone);
            case UNKNOWN -> {}
        }
    }

    /** A proxied session has a leg that was accepted and one that was connected. */
    static boolean areOfOneSide(SocketLifecycle one, SocketLifecycle other) {
        return one == other
                || (one.connected && other.connected)
                || (one.isAccepted() && other.isAccepted())
                || one.subflow
                || other.subflow;
    }

    /**
     * What was read and what was sent are of one length, beside another way of telling: nothing else gives both.
     *
     * @param one the one that was given what was read from the other
     * @param alone no other socket could be meant
     */
    static void join(SocketLifecycle one, SocketLifecycle other, Leg.How how, boolean alone) {
        Leg known = one.legTo(other);
        boolean second = known != null
                && alone
                && known.how() != how
                && (known.how() == Leg.How.SAME_LENGTH || how == Leg.How.SAME_LENGTH || how == Leg.How.EOF_THEN_SHUT);
        Leg.How first = known == null || how == Leg.How.EOF_THEN_SHUT ? how : known.how();
        boolean sure = second || (known != null && known.confirmed());
        boolean used = (how != Leg.How.READ_THEN_CONNECT && alone) || (known != null && known.used());
        if (used) {
            dropUnused(one, other);
            dropUnused(other, one);
        }
        SocketId given = known == null ? one.id() : known.given();
        boolean answered = known != null && (known.answered() || !given.equals(one.id()));
        one.addLeg(new Leg(other, first, sure, used, given, answered));
        other.addLeg(new Leg(one, first, sure, used, given, answered));
    }

    /** A connection that was made for one session and given to another. */
    private static void dropUnused(SocketLifecycle story, SocketLifecycle butNot) {
        for (Leg leg : List.copyOf(story.legs())) {
            if (!leg.used() && !leg.id().equals(butNot.id())) {
                SocketLifecycle other = leg.story();
                story.removeLeg(leg.id());
                if (other != null) {
                    other.removeLeg(story.id());
                }
            }
        }
    }

    void clear() {
        byThread.clear();
    }
}
