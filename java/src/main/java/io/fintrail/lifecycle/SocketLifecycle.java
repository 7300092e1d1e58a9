package io.fintrail.lifecycle;

import io.fintrail.event.Endpoint;
import io.fintrail.event.Session;
import io.fintrail.event.SocketId;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All we know of one connection, first event to last. {@link LifecycleFolder} writes it, everybody else reads. Times
 * are ktime in nanoseconds; null means "did not happen, or was not seen". Not thread-safe.
 */
public final class SocketLifecycle {
    private static final int MAX_EVENTS = 64;

    /** A timer of so many jiffies may fire a part of one early: two of the longest (100 a second). */
    private static final long JIFFIES_NS = 20_000_000;

    private final SocketId id;
    private final Session session;
    private final LocalFin localFin = new LocalFin();
    private final PeerFin peerFin = new PeerFin();
    private final Ending ending = new Ending();
    private final List<Evidence> events = new ArrayList<>(4);
    private final GapLog gaps;

    HistoryFrom historyFrom = HistoryFrom.FIRST_EVENT;
    CloseSide closedFirst = CloseSide.NONE;
    TcpState state = TcpState.NONE;
    long sinceNs;
    long lastEventNs;
    boolean chainBroken;
    boolean completedByFin;
    int segmentsAtHandshake;
    boolean subflow;
    boolean standing;
    boolean done;

    @Nullable
    Long halfClosedSinceNs;

    @Nullable
    Release release;

    @Nullable
    Holder holder;

    @Nullable
    Long establishedAtNs;

    @Nullable
    Long orphanedAtNs;

    @Nullable
    Long eofReadAtNs;

    @Nullable
    Long destroyedAtNs;

    @Nullable
    TcpEvent lastFacts;

    private Endpoint local = new Endpoint(0, 0, 0);
    private Endpoint remote = new Endpoint(0, 0, 0);
    private long netns;
    private int family;
    private int protocol;
    private long omittedEvents;

    SocketLifecycle(SocketId id, Session session, GapLog gaps) {
        this.id = id;
        this.session = session;
        this.gaps = gaps;
    }

    public SocketId id() {
        return id;
    }

    public Session session() {
        return session;
    }

    public LocalFin localFin() {
        return localFin;
    }

    public PeerFin peerFin() {
        return peerFin;
    }

    /** How the socket reached CLOSE, with the neighbours of that event. */
    public Ending ending() {
        return ending;
    }

    public HistoryFrom historyFrom() {
        return historyFrom;
    }

    public CloseSide closedFirst() {
        return closedFirst;
    }

    /** The state last seen; FIN_WAIT2 while a time-wait minisock waits for the peer's FIN in our stead. */
    public TcpState state() {
        return ending.inFinWait2Minisock() ? TcpState.FIN_WAIT2 : state;
    }

    /** Since when it is in {@link #state}. */
    public long sinceNs() {
        return sinceNs;
    }

    /** A transition is missing: the old state of an event was not the new state of the one before. */
    public boolean chainBroken() {
        return chainBroken;
    }

    /** The peer's FIN came with the segment that completed the handshake. */
    public boolean completedByFin() {
        return completedByFin;
    }

    public @Nullable Release release() {
        return release;
    }

    public @Nullable Holder holder() {
        return holder;
    }

    public @Nullable Long establishedAtNs() {
        return establishedAtNs;
    }

    public @Nullable Long orphanedAtNs() {
        return orphanedAtNs;
    }

    public @Nullable Long eofReadAtNs() {
        return eofReadAtNs;
    }

    public @Nullable Long destroyedAtNs() {
        return destroyedAtNs;
    }

    /** A path of an MPTCP connection: the connection itself is the story. */
    public boolean subflow() {
        return subflow;
    }

    /** Since when one direction is finished, or a peer's FIN was dropped here. */
    public @Nullable Long halfClosedSinceNs() {
        return halfClosedSinceNs;
    }

    /** It reached ESTABLISHED, or had when we came: a connect that failed has no close to judge. */
    public boolean wasConnected() {
        return establishedAtNs != null
                || localFin.queuedAtNs() != null
                || events.stream()
                        .anyMatch(e -> isConnected(e.event().oldState())
                                || isConnected(e.event().newState()));
    }

    /** A change of state was seen, so {@link #sinceNs} is its time; else the socket was met in that state. */
    public boolean sawTransition() {
        return events.stream().anyMatch(e -> e.event().kind() == TcpEventKind.STATE);
    }

    private static boolean isConnected(TcpState state) {
        return switch (state) {
            case NONE, CLOSE, SYN_SENT, SYN_RECV, NEW_SYN_RECV, LISTEN -> false;
            default -> true;
        };
    }

    /** The newest event that read the full socket. */
    public @Nullable TcpEvent lastFacts() {
        return lastFacts;
    }

    public List<Evidence> events() {
        return Collections.unmodifiableList(events);
    }

    /** Events that were counted and not kept: a story keeps its first {@value #MAX_EVENTS}. */
    public long omittedEvents() {
        return omittedEvents;
    }

    public Endpoint local() {
        return local;
    }

    public Endpoint remote() {
        return remote;
    }

    public long netns() {
        return netns;
    }

    /** 4 or 6. */
    public int family() {
        return family;
    }

    /** 6, or 262 for an MPTCP connection. */
    public int protocol() {
        return protocol;
    }

    public Ownership ownership() {
        TcpEvent facts = lastFacts;
        if (orphanedAtNs != null) {
            return Ownership.ORPHAN;
        }
        if (facts == null) {
            return Ownership.UNKNOWN;
        }
        Release let = release;
        boolean letGoSince = let != null && let.how() != Release.How.SHUTDOWN && facts.ktimeNs() <= let.atNs();
        if (letGoSince) {
            return Ownership.UNKNOWN;
        }
        if (!facts.hasSocketFile()) {
            return Ownership.UNACCEPTED;
        }
        return Ownership.HELD;
    }

    /** When the FIN_WAIT2 minisock's time is up; Long.MAX_VALUE before there is one. */
    public long minisockEndNs() {
        TcpEvent close = ending.close();
        return close == null ? Long.MAX_VALUE : close.ktimeNs() + Minisock.lifetimeNs(close, session.hz());
    }

    /**
     * The peer's FIN came while a minisock should have been waiting for it, and met none: the time-wait table was full, or
     * somebody removed it (inet_twsk_alloc fails beyond tcp_max_tw_buckets, and nothing says so).
     */
    public boolean finMetNoMinisock() {
        Evidence late = ending.resetForLateFin();
        return late != null && ending.wentToFinWait2Minisock() && late.atNs() < minisockEndNs() - JIFFIES_NS;
    }

    /** An event of that kind may be missing between two moments. */
    public boolean mayHaveMissed(TcpEventKind kind, long fromNs, long toNs) {
        return gaps.mayHaveLost(kind, fromNs, toNs);
    }

    /** disconnect() wipes ports and shutdown() renumbers nothing: what was once known stays. */
    void identify(TcpEvent event) {
        netns = event.netns();
        family = event.family();
        protocol = event.protocol();
        if (local.port() == 0 || remote.port() == 0) {
            local = event.local();
            remote = event.remote();
        }
    }

    boolean identified() {
        return local.port() != 0 && remote.port() != 0;
    }

    void keep(Evidence evidence) {
        if (events.size() < MAX_EVENTS) {
            events.add(evidence);
        } else {
            omittedEvents++;
        }
    }
}
