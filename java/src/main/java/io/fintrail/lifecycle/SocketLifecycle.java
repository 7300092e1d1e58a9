package io.fintrail.lifecycle;

import io.fintrail.event.Endpoint;
import io.fintrail.event.Session;
import io.fintrail.event.SocketId;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All we know of one connection, first event to last. {@link LifecycleFolder} writes it, everybody else reads. Times
 * are ktime in nanoseconds; null means "did not happen, or was not seen". Not thread-safe.
 */
public final class SocketLifecycle {
    private static final int MAX_EVENTS = 64;
    private static final int EVENTS_OF_AN_OPEN_ONE = 2;
    private static final int USUAL_EVENTS = 8;
    private static final int MAX_HOLDERS = 64;
    private static final int MAX_LEGS = 16;
    private static final Endpoint NOT_KNOWN = new Endpoint(0, 0, 0);

    /** A timer of so many jiffies may fire a part of one early: two of the longest (100 a second). */
    private static final long JIFFIES_NS = 20_000_000;

    /** The timer wheel's steps for 60 s are 2 to 4 s (calc_index). */
    private static final long DIAG_TIMER_NS = 5_000_000_000L;

    private final SocketId id;
    private final Session session;
    private final LocalFin localFin = new LocalFin();
    private final PeerFin peerFin = new PeerFin();
    private final Ending ending = new Ending();
    private final ArrayList<Evidence> events = new ArrayList<>(EVENTS_OF_AN_OPEN_ONE);

    // Made when there is one: most sockets are open, and stand in nobody's way.
    private List<Holder> seenHolders = List.of();
    private List<Leg> legs = List.of();
    private final Host host;
    final Remembered remembered = new Remembered(this);

    HistoryFrom historyFrom = HistoryFrom.FIRST_EVENT;
    CloseSide closedFirst = CloseSide.NONE;
    TcpState state = TcpState.NONE;
    long sinceNs;
    long lastEventNs;
    boolean chainBroken;
    boolean completedByFin;
    boolean closedBeforeHandshake;
    int segmentsAtHandshake;
    boolean subflow;
    boolean standing;
    boolean done;
    boolean sinceIsAtLeast;
    boolean orphaned;

    /** {@link TupleIndex} finds it by its addresses. */
    boolean indexed;

    /** The next that {@link TupleIndex} has under the same addresses. */
    @Nullable
    SocketLifecycle nextOfTuple;

    /** Under which {@link SocketTable} has it. */
    Object key = "";

    /** First met when its close was over: only who holds it is known. */
    boolean metClosed;

    boolean outsideFilters;

    /** Segments with its addresses that came before it was told of were looked for. */
    boolean soughtStrays;

    boolean shared;

    /** The finding that it is held has been told. */
    boolean toldHeld;

    /** Snapshots in a row that should have had a row of it, and had none. */
    int absences;

    /** It was connected, or accepted, as we watched. */
    boolean connected;

    boolean accepted;

    /** The peer's own socket, where this host has that, too. */
    @Nullable
    Remembered otherEnd;

    /** Where one of several legs is the other one. */
    PairFinder.@Nullable Burst burst;

    /** The newest row of the full socket. */
    @Nullable
    TcpEvent look;

    /** Since when it only seems open. */
    @Nullable
    Long doubtSinceNs;

    /** When it was last known to be held after its close. */
    @Nullable
    Long heldClosedAtNs;

    /** As {@link UntracedLegs} finds it. */
    boolean mayAwaitLeg;

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

    @Nullable
    TcpEvent lastNumbers;

    private Endpoint local = NOT_KNOWN;
    private Endpoint remote = NOT_KNOWN;
    private long netns;
    private int family;
    private int protocol;
    private long omittedEvents;

    SocketLifecycle(SocketId id, Session session, Host host) {
        this.id = id;
        this.session = session;
        this.host = host;
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

    /** It was met in that state: it may have been in it for longer. */
    public boolean sinceIsAtLeast() {
        return sinceIsAtLeast;
    }

    /** It stands for longer than stuck-after, or seems half-open. */
    public boolean stands() {
        return standing;
    }

    /** A transition is missing: the old state of an event was not the new state of the one before. */
    public boolean chainBroken() {
        return chainBroken;
    }

    /** The peer's FIN came with the segment that completed the handshake. */
    public boolean completedByFin() {
        return completedByFin;
    }

    /** close() came before the handshake ended. */
    public boolean closedBeforeHandshake() {
        return closedBeforeHandshake;
    }

    public @Nullable Release release() {
        return release;
    }

    /** The process that acted on it last in its own context, or that a snapshot found; null when none was seen. */
    public @Nullable Holder holder() {
        if (holder != null || seenHolders.isEmpty()) {
            return holder;
        }
        return seenHolders.get(0);
    }

    /** Who holds it, or held it last: one for each descriptor that the newest snapshot saw, else who acted last. */
    public List<Holder> holders() {
        Holder actor = holder;
        boolean actorUnseen = actor != null
                && seenHolders.stream().noneMatch(h -> h.pid() == actor.pid() || h.seenAtNs() > actor.seenAtNs());
        if (actor == null || !actorUnseen) {
            return Collections.unmodifiableList(seenHolders);
        }
        List<Holder> all = new ArrayList<>(seenHolders);
        all.add(actor);
        return all;
    }

    /** When its close was over, or was met to be. */
    public long endedAtNs() {
        TcpEvent close = ending.close();
        return close == null ? sinceNs : close.ktimeNs();
    }

    /** The newest complete snapshot found more than one descriptor: close() of one does not close the socket. */
    public boolean isShared() {
        return shared;
    }

    public ProcessInfo process(int pid) {
        return host.process(pid);
    }

    /** What the threads of that process were doing, if the newest look was at them, and since this stands. */
    public @Nullable ThreadActivity threads(int pid) {
        ThreadActivity looked = host.threads(pid);
        Long standsSince = standsSinceNs();
        boolean before = looked != null && standsSince != null && looked.atNs() < standsSince;
        return before ? null : looked;
    }

    /** Told as the leg of one that the filters let through: of its segments, and of its minisock, nothing is told. */
    public boolean isOutsideFilters() {
        return outsideFilters;
    }

    /** Its newest row, if that was made in the state that it is in now. */
    public @Nullable TcpEvent lookAtPresentState() {
        return look != null && look.newState() == state && look.ktimeNs() >= sinceNs ? look : null;
    }

    /** All that came was read, and so was EOF, as far as can be told. */
    public boolean isReadToTheEnd() {
        TcpEvent now = lookAtPresentState();
        return eofReadAtNs != null || (now != null && now.rcvNxt() == now.copiedSeq());
    }

    /** The newest row of the full socket in a snapshot, with its timers. */
    public @Nullable TcpEvent look() {
        return look;
    }

    /** The legs that a thread shut at once after it had read EOF here and on as many others: one of them is the other leg. */
    public Set<SocketLifecycle> possibleLegs() {
        return burst == null ? Set.of() : burst.legs();
    }

    /**
     * The other legs of the proxied sessions that it carries, the newest last: usually one, but a connection to a backend
     * may serve many. At most {@value #MAX_LEGS}.
     */
    public List<Leg> legs() {
        return Collections.unmodifiableList(legs);
    }

    /** The newest of the {@link #legs} that a half-close was passed on to or came from, else the newest of all. */
    public @Nullable SocketLifecycle otherLeg() {
        SocketLifecycle newest = null;
        for (Leg leg : legs) {
            boolean passedOn = leg.how() == Leg.How.EOF_THEN_SHUT;
            newest = leg.story() != null ? leg.story() : newest;
            if (passedOn && leg.story() != null) {
                return leg.story();
            }
        }
        return newest;
    }

    /** The peer's own socket, where the journal has that, too; null also once that is forgotten. */
    public @Nullable SocketLifecycle otherEnd() {
        return otherEnd == null ? null : otherEnd.story();
    }

    /** The listening socket of its local port as of the newest look; null where there is none. */
    public @Nullable Listener listener() {
        return host.listener(netns, local.port());
    }

    /** What that process, a haproxy, said of itself last; null unless it was asked. */
    public @Nullable HaproxyWord haproxy(int pid) {
        return host.haproxy(pid);
    }

    /** How many descriptors that process had open, and may have, as of the newest look. */
    public @Nullable Descriptors descriptors(int pid) {
        return host.descriptors(pid);
    }

    /** Clients connected to it here: accepted as we watched, or its port is one that this host listens on. */
    public boolean isAccepted() {
        return accepted || (!connected && host.listens(netns, local.port()));
    }

    @Nullable
    Leg legTo(SocketLifecycle other) {
        for (Leg leg : legs) {
            if (leg.id().equals(other.id())) {
                return leg;
            }
        }
        return null;
    }

    void removeLeg(SocketId id) {
        if (legs.isEmpty()) {
            return;
        }
        legs.removeIf(known -> known.id().equals(id));
    }

    /** What was known of that leg before gives way. */
    void addLeg(Leg leg) {
        removeLeg(leg.id());
        legs = legs.isEmpty() ? new ArrayList<>(1) : legs;
        legs.add(leg);
        if (legs.size() > MAX_LEGS) {
            legs.remove(0);
        }
    }

    /**
     * The peer has closed, and its holder has shut another connection soon after, or at a time that is not known; false where
     * reads are traced, which tell whether one was passed on to the other.
     */
    public boolean mayAwaitLeg() {
        return mayAwaitLeg;
    }

    /** When it was last known to be held although its close was over. */
    public @Nullable Long heldClosedAtNs() {
        return heldClosedAtNs;
    }

    /** Nothing more is told of it, or it was given up to keep memory bounded. */
    public boolean isDone() {
        return done;
    }

    /** First met when its close was over. */
    public boolean metClosed() {
        return metClosed;
    }

    /**
     * After how long conntrack forgot a half-closed flow in its namespace at {@code atNs}; {@code otherwise} where that
     * is not known, Long.MAX_VALUE where there was no conntrack.
     */
    public long conntrackCloseWaitNs(long atNs, long otherwise) {
        return host.conntrackCloseWaitNs(netns, atNs, otherwise);
    }

    /** An orphan in a namespace that neither a process nor a mount leads to: it was deleted under it. */
    public boolean outlivesItsNamespace() {
        return ownership() == Ownership.ORPHAN
                && !ending.wentToFinWait2Minisock()
                && host.isUnreachable(netns, events.get(0).atNs());
    }

    /** False where some processes are hidden from us: one of them may be in its namespace. */
    public boolean everyProcessIsSeen() {
        return host.soughtAllNamespaces();
    }

    /** Since when an open socket stands still in a way that open ones do not; null while it does not. */
    public @Nullable Long doubtSinceNs() {
        return doubtSinceNs;
    }

    /** When it was last heard of: an event, or a row in a snapshot. */
    public long lastEventNs() {
        return lastEventNs;
    }

    /** Since when it stands, half-closed or only seeming open; null while nothing is to be said of it. */
    public @Nullable Long standsSinceNs() {
        if (metClosed) {
            return sinceNs;
        }
        return halfClosedSinceNs != null ? halfClosedSinceNs : doubtSinceNs;
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
                || metClosed
                || localFin.queuedAtNs() != null
                || events.stream()
                        .anyMatch(e -> isConnected(e.event().oldState())
                                || isConnected(e.event().newState()));
    }

    /** Whether anything is said of it; one met between its end and its close(), as any may be, is no leak. */
    boolean hasLine() {
        return !subflow && wasConnected() && (!metClosed || lastEventNs - sinceNs >= session.stuckAfterNs());
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

    /** The newest event with the connection's own sequence numbers: what inet_diag tells has none. */
    public @Nullable TcpEvent lastNumbers() {
        return lastNumbers;
    }

    public List<Evidence> events() {
        return Collections.unmodifiableList(events);
    }

    /** Events that were counted and not kept: a story keeps {@value #MAX_EVENTS}, from its beginning and its end. */
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
        if (orphanedAtNs != null || orphaned) {
            return Ownership.ORPHAN;
        }
        if (facts == null) {
            return seenHolders.isEmpty() ? Ownership.UNKNOWN : Ownership.HELD;
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
        TcpEvent row = ending.minisock();
        if (row != null && row.timerInJiffies().isPresent()) {
            return row.ktimeNs() + row.timerInJiffies().getAsInt() * session.jiffyNs();
        }
        TcpEvent close = ending.close();
        if (close == null) {
            return mayHaveBecomeMinisock()
                    ? Objects.requireNonNull(destroyedAtNs)
                            + Minisock.lifetimeNs(Objects.requireNonNull(lastFacts), session.hz())
                    : Long.MAX_VALUE;
        }
        return close.ktimeNs() + Minisock.lifetimeNs(close, session.hz());
    }

    /** Without an error only a reset of ours ends a socket whose FIN is not out (tcp_disconnect, tcp_check_oom). */
    public boolean owesReset() {
        TcpEvent close = ending.close();
        return close != null
                && close.error() == 0
                && close.hasSocketFacts()
                && session.sees("tcp_send_reset")
                && (close.oldState() == TcpState.ESTABLISHED || close.oldState() == TcpState.CLOSE_WAIT)
                && ending.resetReceived() == null
                && ending.resetSentBefore() == null
                && ending.resetSentAfter() == null
                && ending.resetForDataAfter() == null;
    }

    /** Let go of, and released between our FIN and the peer's; its CLOSE was lost: a minisock may wait in its place. */
    boolean mayHaveBecomeMinisock() {
        Release let = release;
        boolean awaitedFin = state == TcpState.FIN_WAIT1 || state == TcpState.FIN_WAIT2;
        return destroyedAtNs != null
                && ending.close() == null
                && ending.minisock() == null
                && lastFacts != null
                && let != null
                && let.how() != Release.How.SHUTDOWN
                && awaitedFin
                && !peerFin.isReceived()
                && ending.resetReceived() == null
                && ending.resetByMinisock() == null;
    }

    /**
     * The peer's FIN came while a minisock should have been waiting for it, and met none: the time-wait table was full, or
     * somebody removed it (inet_twsk_alloc fails beyond tcp_max_tw_buckets, and nothing says so).
     */
    public boolean finMetNoMinisock() {
        Evidence late = ending.resetForLateFin();
        return late != null && ending.wentToFinWait2Minisock() && late.atNs() < minisockEndNs() - minisockEndSlackNs();
    }

    /** A look has met the minisock, and its namespace is still there to be looked into. */
    public boolean minisockWasSeenToWait() {
        return ending.minisock() != null && host.wasLookedInto(netns);
    }

    /** The time-wait table was full as it closed, and nothing has shown since whether there was room for a minisock. */
    public boolean mayHaveFoundTableFull() {
        TcpEvent close = ending.close();
        return close != null
                && close.is(TcpEventLayout.FLAG_TIME_WAIT_FULL)
                && ending.minisock() == null
                && !ending.minisockTookFin
                && ending.resetForLateFin() == null;
    }

    /** Before this moment it cannot have ended by its timer, which is never early. */
    long minisockMayEndNs() {
        TcpEvent close = ending.close();
        long leastNs = close == null ? 0 : close.ktimeNs() + Minisock.lifetimeNs(close, session.hz());
        return Math.max(minisockEndNs() - minisockEndSlackNs(), leastNs);
    }

    /** After this moment it cannot be there: the kernel's wheel is late by up to 8 of 63 (calc_index), a processor by more. */
    long minisockGoneByNs() {
        long endNs = minisockEndNs();
        TcpEvent close = ending.close();
        if (endNs == Long.MAX_VALUE || ending.minisock() != null) {
            return endNs == Long.MAX_VALUE ? endNs : endNs + JIFFIES_NS; // a row says when the wheel comes to it
        }
        long lifeNs = close == null ? Minisock.LONGEST_NS : Math.min(endNs - close.ktimeNs(), Minisock.LONGEST_NS);
        return endNs + lifeNs / 7 + JIFFIES_NS;
    }

    /** How much earlier than {@link #minisockEndNs} it may end: inet_diag does not tell by how much its timer is late. */
    private long minisockEndSlackNs() {
        TcpEvent row = ending.minisock();
        return row != null && row.isFromDiag() ? DIAG_TIMER_NS : JIFFIES_NS;
    }

    /** An event of that kind may be missing between two moments. */
    public boolean mayHaveMissed(TcpEventKind kind, long fromNs, long toNs) {
        boolean byAddress = kind == TcpEventKind.SEGMENT_FREED || kind == TcpEventKind.RESET_SENT;
        return (byAddress && outsideFilters) || host.gaps.mayHaveLost(kind, fromNs, toNs);
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

    boolean hasAddressesOf(TcpEvent event) {
        return netns == event.netns() && local.equals(event.local()) && remote.equals(event.remote());
    }

    boolean identified() {
        return local.port() != 0 && remote.port() != 0;
    }

    /** Of looks in a row the first and the newest of a kind are kept; of too many events, the first and the newest. */
    void keep(Evidence evidence) {
        if (isLook(evidence)) {
            dropLookBetween(evidence.event().kind());
        }
        if (evidence.event().kind() == TcpEventKind.LEG) {
            dropLegBetween();
        }
        if (events.size() == MAX_EVENTS) {
            events.remove(MAX_EVENTS / 2);
            omittedEvents++;
        }
        if (events.size() == EVENTS_OF_AN_OPEN_ONE) {
            events.ensureCapacity(USUAL_EVENTS);
        }
        events.add(evidence);
    }

    /** A snapshot gives a row, and one for each holder: where both of a kind stand already, the newer one goes. */
    private void dropLookBetween(TcpEventKind kind) {
        int newest = -1;
        for (int i = events.size() - 1; i >= 0 && isLook(events.get(i)); i--) {
            if (events.get(i).event().kind() != kind) {
                continue;
            }
            if (newest >= 0) {
                events.remove(newest);
                return;
            }
            newest = i;
        }
    }

    /** A connection to a backend may serve thousands of others: of their turns in a row the first and the newest stay. */
    private void dropLegBetween() {
        int size = events.size();
        boolean two = size >= 2
                && events.get(size - 1).event().kind() == TcpEventKind.LEG
                && events.get(size - 2).event().kind() == TcpEventKind.LEG;
        if (two) {
            events.remove(size - 1);
        }
    }

    private static boolean isLook(Evidence evidence) {
        return evidence.event().kind() == TcpEventKind.SOCKET
                || evidence.event().kind() == TcpEventKind.HOLDER;
    }

    void heldBy(Holder seen) {
        seenHolders = seenHolders.isEmpty() ? new ArrayList<>(1) : seenHolders;
        seenHolders.removeIf(h -> h.pid() == seen.pid() && Objects.equals(h.fd(), seen.fd()));
        if (seenHolders.size() < MAX_HOLDERS) {
            seenHolders.add(seen);
        }
    }

    /** A snapshot is complete: whom it did not find holds this no more. */
    void forgetHoldersBefore(long fromNs) {
        if (!seenHolders.isEmpty()) {
            seenHolders.removeIf(h -> h.seenAtNs() < fromNs);
        }
        shared = seenHolders.size() > 1;
    }
}
