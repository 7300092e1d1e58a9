package io.fintrail.lifecycle;

import io.fintrail.event.Endpoint;
import io.fintrail.event.Session;
import io.fintrail.event.SocketId;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which story an event belongs to: by cookie and generation, or by addresses where the kernel attached no socket to a
 * segment. Bounded: beyond so many the oldest is given up and counted.
 */
final class SocketTable {
    private static final int MAX_GENERATIONS = 65_536;
    private static final int MPTCP = 262;

    /** Both ends are read at different moments; another connection's numbers lie anywhere in 32 bits. */
    private static final int SAME_STREAM = 1 << 24;

    /** What tells a socket: its cookie, but MPTCP connections share their listener's. */
    private record Connection(long cookie, Endpoint local, Endpoint remote) {}

    private final Map<Object, SocketLifecycle> byCookie = new LinkedHashMap<>();
    /** The last generation of cookies whose socket may outlive its stories: listeners of MPTCP, and those let go. */
    private final Map<Long, Integer> generations = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Integer> eldest) {
            return size() > MAX_GENERATIONS;
        }
    };

    private final TupleIndex byTuple = new TupleIndex();
    private final int mostStories;
    private final Consumer<SocketLifecycle> onEvicted;
    private long evicted;

    SocketTable(int mostStories, Consumer<SocketLifecycle> onEvicted) {
        this.mostStories = mostStories;
        this.onEvicted = onEvicted;
    }

    Collection<SocketLifecycle> all() {
        return byCookie.values();
    }

    long evicted() {
        return evicted;
    }

    /** Null where the event is about no connection that could be told from others. */
    @Nullable
    SocketLifecycle find(TcpEvent event, Session session, Host host) {
        // Without names for receiving sockets the cookie of a late FIN is looked up by address, and before 5.12 it is
        // the address of a socket that another may have by now.
        boolean byAddress = event.is(TcpEventLayout.FLAG_TIME_WAIT)
                && event.kind() != TcpEventKind.SOCKET
                && !session.namesReceivingSocket();
        if (event.cookie() == 0 || byAddress) {
            return findByTuple(event);
        }
        Object key = key(event);
        SocketLifecycle named = byCookie.get(key);
        SocketLifecycle known = session.hasSocketCookies() ? named : ofItsAddresses(event, named);
        if (known != null && !startsAnew(event, known, session)) {
            return known;
        }
        if (!canStart(event, known, session)) {
            return null;
        }
        SocketLifecycle story =
                new SocketLifecycle(new SocketId(event.cookie(), generation(event, named)), session, host);
        put(key, story);
        evictOldest();
        return story;
    }

    /** The newest story under that cookie; null also for an MPTCP connection, which shares its listener's. */
    @Nullable
    SocketLifecycle byCookie(long cookie) {
        return byCookie.get(cookie);
    }

    private static Object key(TcpEvent event) {
        return event.protocol() == MPTCP
                ? new Connection(event.cookie(), event.local(), event.remote())
                : Long.valueOf(event.cookie());
    }

    /** The one before it stays among all, if something may still come for it that does not go by that name. */
    private void put(Object key, SocketLifecycle story) {
        SocketLifecycle before = byCookie.put(key, story);
        story.key = key;
        if (before != null && !before.done && !before.session().hasSocketCookies()) {
            before.key = before.id();
            byCookie.put(before.id(), before);
        }
    }

    /**
     * Where names are addresses in the kernel: another socket may have that by now, and a look through inet_diag has cookies
     * in their place. So the connection's own addresses decide.
     */
    private @Nullable SocketLifecycle ofItsAddresses(TcpEvent event, @Nullable SocketLifecycle named) {
        // A segment's are not the socket's where they are translated (NAT); its socket is alive, and the name its own.
        boolean hasOtherAddresses = event.kind() == TcpEventKind.SEGMENT_FREED;
        if (hasOtherAddresses) {
            return named; // its own segments may be freed after its release
        }
        if (event.localPort() == 0 || event.remotePort() == 0) {
            // What goes by the name of one that was released is another's, such as a listener's.
            return named != null && named.destroyedAtNs != null ? null : named;
        }
        SocketLifecycle met = byTuple.find(event.netns(), event.local(), event.remote());
        if (event.isFromDiag()) {
            return met;
        }
        if (named != null && (!named.identified() || named.hasAddressesOf(event))) {
            return named;
        }
        if (met == null || met.done || met.ending().close() != null || !isMetByLook(met)) {
            return null;
        }
        byCookie.remove(met.key, met);
        put(key(event), met);
        return met;
    }

    /** No event has given it its name: the cookie that the look told. */
    private static boolean isMetByLook(SocketLifecycle story) {
        return story.key instanceof Long name && name > 0;
    }

    private int generation(TcpEvent event, @Nullable SocketLifecycle known) {
        if (event.protocol() != MPTCP) {
            return 1
                    + (known == null
                            ? generations.getOrDefault(event.cookie(), 0)
                            : known.id().generation());
        }
        return generations.merge(event.cookie(), 1, Integer::sum);
    }

    /** A transition out of CLOSE, or of a handshake, on a socket whose story has ended: connect(AF_UNSPEC) and again. */
    private static boolean startsAnew(TcpEvent event, SocketLifecycle known, Session session) {
        TcpEvent close = known.ending().close();
        if (close == null) {
            return false;
        }
        if (event.kind() == TcpEventKind.SOCKET && !event.is(TcpEventLayout.FLAG_TIME_WAIT)) {
            // Its connect() was lost. Up to 5.14 a row is read without the socket's lock, and may be a moment old.
            return event.ktimeNs() > close.ktimeNs() + LifecycleTracker.HOLD_NS;
        }
        TcpState before = event.oldState();
        if (session.isAudit() && event.hasSocketFacts() && event.kind() != TcpEventKind.HOLDER) {
            return before != TcpState.CLOSE && event.ktimeNs() > close.ktimeNs(); // it tells of no birth
        }
        if (event.kind() != TcpEventKind.STATE) {
            return false;
        }
        return event.newState() == TcpState.SYN_SENT || before == TcpState.SYN_SENT || before == TcpState.SYN_RECV;
    }

    private static boolean canStart(TcpEvent event, @Nullable SocketLifecycle known, Session session) {
        if (known != null) {
            return true;
        }
        if (event.protocol() == MPTCP && (event.localPort() == 0 || event.remotePort() == 0)) {
            return false; // connect() tells of it before it has a port; the next event has its name
        }
        return switch (event.kind()) {
            case STATE, RETRANSMIT, RESET_RECEIVED, EOF_READ -> true;
            case SOCKET -> !event.is(TcpEventLayout.FLAG_TIME_WAIT) || event.oldState() == TcpState.FIN_WAIT2;
            case HOLDER -> isHeldAfterClose(event) || isOpenMptcp(event);
            case SEGMENT_FREED ->
                !event.is(TcpEventLayout.FLAG_TIME_WAIT)
                        && event.newState() != TcpState.LISTEN
                        && event.newState() != TcpState.NEW_SYN_RECV;
            // Of one that was open and at ease an audit has told nothing: keep-alive may end it so.
            case RESET_SENT -> session.isAudit() && event.hasSocketFacts() && event.newState() != TcpState.CLOSE;
            default -> false;
        };
    }

    /** A connection's end is over, and somebody holds it: data or a FIN tells it from a connect that failed. */
    private static boolean isHeldAfterClose(TcpEvent event) {
        return event.newState() == TcpState.CLOSE
                && (event.peerFinAccepted() || event.receivedBytes() > 0 || event.sentBytes() > 1);
    }

    /** iter/tcp does not list MPTCP connections: their holders are all that a snapshot shows of them. */
    private static boolean isOpenMptcp(TcpEvent event) {
        return event.protocol() == MPTCP && event.newState() != TcpState.CLOSE;
    }

    private @Nullable SocketLifecycle findByTuple(TcpEvent event) {
        SocketLifecycle receiver = byTuple.find(event.netns(), event.local(), event.remote());
        return receiver != null ? receiver : byTuple.find(event.netns(), event.remote(), event.local());
    }

    /** The same event as the story's socket sees it: a segment that it sent itself is outgoing. */
    Evidence oriented(Evidence evidence, SocketLifecycle story) {
        TcpEvent event = evidence.event();
        boolean ownSegment = event.is(TcpEventLayout.FLAG_TUPLE_FROM_SEGMENT)
                && event.remote().equals(story.local())
                && !event.local().equals(story.local());
        return ownSegment ? new Evidence(evidence.index(), event.asOutgoing(), evidence.reason()) : evidence;
    }

    void index(SocketLifecycle story) {
        if (story.identified()) {
            byTuple.add(story);
        }
    }

    /** Tells both ends of a connection, where this host has both, that the other has accepted its FIN. */
    void joinEnds(SocketLifecycle story) {
        for (SocketLifecycle other = byTuple.otherEnds(story); other != null; other = other.nextOfTuple) {
            if (isOneConnection(story, other)) {
                story.otherEnd = other.remembered;
                other.otherEnd = story.remembered;
            }
            tellOfReceivedFin(story, other);
            tellOfReceivedFin(other, story);
        }
    }

    /** Namespaces may use the same addresses, but what one sends next is what the other expects, or nearly. */
    private static boolean isOneConnection(SocketLifecycle one, SocketLifecycle other) {
        TcpEvent mine = one.lastNumbers();
        TcpEvent yours = other.lastNumbers();
        return mine == null
                || yours == null
                || (Math.abs(mine.sndUna() - yours.rcvNxt()) < SAME_STREAM
                        && Math.abs(yours.sndUna() - mine.rcvNxt()) < SAME_STREAM);
    }

    /** The receiver's next number is one past the sender's FIN: no other connection has these numbers. */
    private static void tellOfReceivedFin(SocketLifecycle sender, SocketLifecycle receiver) {
        TcpEvent facts = receiver.lastNumbers();
        if (facts != null
                && receiver.peerFin().isReceived()
                && sender.localFin().endsAt(facts.rcvNxt())) {
            sender.localFin().receivedByPeer();
        }
    }

    void forget(SocketLifecycle story) {
        boolean mayComeAgain = story.destroyedAtNs == null || !story.session().hasSocketCookies();
        if (mayComeAgain && story.protocol() != MPTCP) {
            // The socket may still be there, and be used again; where its name is its address, another has that soon.
            generations.merge(story.id().cookie(), story.id().generation(), Math::max);
        }
        byCookie.remove(story.key, story);
        byTuple.remove(story);
        story.remembered.forget();
    }

    void clear() {
        byCookie.clear();
        generations.clear();
        byTuple.clear();
    }

    private void evictOldest() {
        if (byCookie.size() > mostStories) {
            SocketLifecycle oldest = byCookie.values().iterator().next();
            oldest.done = true; // what comes for it now finds nobody, so nothing may be concluded from silence
            forget(oldest);
            evicted++;
            onEvicted.accept(oldest);
        }
    }
}
