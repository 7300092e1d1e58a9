package io.fintrail.lifecycle;

import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;

/** Folds one event into the story of its socket: what each kind of event proves, and nothing more. */
final class LifecycleFolder {
    private static final int MPTCP = 262;

    /** No window is larger by much; another connection's numbers lie anywhere in 32 bits. */
    private static final int SAME_STREAM = 1 << 24;

    private LifecycleFolder() {}

    static void fold(SocketLifecycle story, Evidence evidence) {
        TcpEvent event = evidence.event();
        story.identify(event);
        story.keep(evidence);
        if (event.kind() == TcpEventKind.HOLDER) {
            LookFolder.foldHolder(story, event); // read without the socket's lock: its numbers prove nothing
            return;
        }
        if (event.kind() == TcpEventKind.STATE || event.kind() == TcpEventKind.SOCKET) {
            story.outsideFilters = event.is(TcpEventLayout.FLAG_OUTSIDE_FILTERS);
        }
        if (event.hasSocketFacts()) {
            story.lastFacts = event;
            story.lastNumbers = event.hasSequenceNumbers() ? event : story.lastNumbers;
            story.localFin().observe(event);
        }
        story.subflow |= event.is(TcpEventLayout.FLAG_MPTCP_SUBFLOW);
        switch (event.kind()) {
            case STATE -> foldState(story, event);
            case RETRANSMIT -> foldRetransmit(story, event);
            case RESET_RECEIVED -> {
                enter(story, event, event.newState());
                story.ending().resetReceived = event;
            }
            case RESET_SENT -> foldResetSent(story, evidence);
            case SEGMENT_FREED -> foldFreedSegment(story, evidence);
            case EOF_READ -> {
                enter(story, event, event.newState());
                story.eofReadAtNs = event.ktimeNs();
                holds(story, event);
            }
            case DESTROY -> story.destroyedAtNs = event.ktimeNs();
            case SOCKET -> LookFolder.foldSocket(story, event);
            case ERROR_REPORT, HOLDER, LEG, UNKNOWN -> {}
        }
        noteOrphan(story, event);
    }

    private static void foldState(SocketLifecycle story, TcpEvent event) {
        TcpState before = event.oldState();
        TcpState after = event.newState();
        if (story.state == TcpState.NONE) {
            boolean birth = before == TcpState.SYN_SENT || before == TcpState.SYN_RECV || after == TcpState.SYN_SENT;
            story.historyFrom = birth ? HistoryFrom.BIRTH : HistoryFrom.FIRST_EVENT;
        } else if (story.state != before && after != TcpState.SYN_SENT) {
            story.chainBroken = true;
        }
        if (before == after) {
            // tcp_close_state() sets the state even where it stays: close() after shutdown().
            releasedBy(story, event, false);
            return;
        }
        boolean completedHandshake = before == TcpState.ESTABLISHED
                && story.segmentsAtHandshake != 0
                && story.segmentsAtHandshake == event.segmentsReceived();
        if (before == TcpState.SYN_RECV || before == TcpState.SYN_SENT) {
            story.historyFrom = HistoryFrom.BIRTH; // a snapshot may have met it in its handshake
        }
        story.state = after;
        story.sinceNs = event.ktimeNs();
        story.sinceIsAtLeast = false;
        story.doubtSinceNs = null;
        switch (after) {
            case SYN_SENT -> {
                story.connected = true;
                holds(story, event);
            }
            case ESTABLISHED -> {
                story.establishedAtNs = event.ktimeNs();
                story.accepted = before == TcpState.SYN_RECV;
                story.connected |= before == TcpState.SYN_SENT;
                story.segmentsAtHandshake = before == TcpState.SYN_RECV ? event.segmentsReceived() : 0;
            }
            case FIN_WAIT1 -> {
                story.closedFirst = CloseSide.LOCAL;
                story.closedBeforeHandshake |= before == TcpState.SYN_RECV;
                queued(story, event);
            }
            case FIN_WAIT2 -> {
                story.localFin().acked(event);
                story.peerFin().observe(event);
            }
            case CLOSING -> {
                story.closedFirst = CloseSide.SIMULTANEOUS;
                story.peerFin().received(event.ktimeNs());
            }
            case CLOSE_WAIT -> {
                story.closedFirst = CloseSide.PEER;
                story.peerFin().received(event.ktimeNs());
                story.completedByFin = completedHandshake;
            }
            case LAST_ACK -> {
                if (story.closedFirst == CloseSide.NONE) {
                    story.closedFirst = CloseSide.PEER;
                }
                queued(story, event);
            }
            case CLOSE -> closed(story, event);
            default -> {}
        }
    }

    private static void queued(SocketLifecycle story, TcpEvent event) {
        story.localFin().queued(event);
        // With RCV_SHUTDOWN set by the peer's FIN already, shutdown(WR) and close() look alike.
        releasedBy(story, event, event.shutBothWays());
    }

    private static void releasedBy(SocketLifecycle story, TcpEvent event, boolean ambiguous) {
        boolean exiting = event.is(TcpEventLayout.FLAG_TASK_EXITING);
        Release.How how = exiting ? Release.How.EXIT : event.shutBothWays() ? Release.How.CLOSE : Release.How.SHUTDOWN;
        boolean unsure = ambiguous && how == Release.How.CLOSE;
        story.release = new Release(how, unsure, event.ktimeNs(), exiting);
        holds(story, event);
        if (how != Release.How.SHUTDOWN && !unsure && event.oldState() == event.newState()) {
            story.orphanedAtNs = event.ktimeNs();
        }
    }

    private static void closed(SocketLifecycle story, TcpEvent event) {
        Ending ending = story.ending();
        ending.close = event;
        boolean ended = event.error() == 0 && ending.resetReceived == null;
        if (event.peerFinAccepted() || tookDataFin(event)) {
            story.peerFin().received(event.ktimeNs());
        }
        if (ended && event.oldState().awaitsAckOfFin() && event.unacknowledged() == 0) {
            story.localFin().acked(event);
        }
        // An abortive close() runs in the closer's own context; a reset, a timer, or a segment of the peer's does not.
        TcpState before = event.oldState();
        boolean finQueued = before.awaitsAckOfFin() || before == TcpState.FIN_WAIT2;
        if (ended && event.shutBothWays() && !event.orphaned() && !finQueued) {
            releasedBy(story, event, false);
        }
    }

    /** MPTCP has no SOCK_DONE: its DATA_FIN ends a FIN_WAIT2 that somebody holds (mptcp_check_data_fin); an orphan's may time out. */
    private static boolean tookDataFin(TcpEvent event) {
        return event.protocol() == MPTCP
                && event.oldState() == TcpState.FIN_WAIT2
                && event.error() == 0
                && !event.orphaned();
    }

    private static void foldRetransmit(SocketLifecycle story, TcpEvent event) {
        enter(story, event, event.newState());
        story.localFin().retransmitted(event);
    }

    private static void foldResetSent(SocketLifecycle story, Evidence evidence) {
        TcpEvent event = evidence.event();
        Ending ending = story.ending();
        boolean answersSegment = event.is(TcpEventLayout.FLAG_HAS_SEGMENT);
        if (event.is(TcpEventLayout.FLAG_TUPLE_FROM_SEGMENT)) {
            noteLateFin(story, evidence);
        } else if (event.is(TcpEventLayout.FLAG_TIME_WAIT)) {
            ending.resetByMinisock = evidence;
        } else if (ending.close == null) {
            if (!answersSegment) {
                ending.resetSentBefore = evidence;
            }
        } else if (answersSegment) {
            ending.resetForDataAfter = evidence;
        } else {
            ending.resetSentAfter = evidence;
        }
    }

    private static void foldFreedSegment(SocketLifecycle story, Evidence evidence) {
        TcpEvent event = evidence.event();
        boolean loss = FreedSegment.isLoss(evidence.reason());
        if (event.is(TcpEventLayout.FLAG_OUTGOING)) {
            if (event.segmentHasFin() && loss) {
                story.localFin().refused(event, evidence.reason());
            }
            return;
        }
        if (event.newState() == TcpState.LISTEN) {
            // A listener refuses what has no socket any more (TCP_FLAGS): this host dropped nothing that was awaited.
            noteLateFin(story, evidence);
            return;
        }
        if (loss) {
            if (event.segmentHasFin()) {
                foldDroppedFin(story, evidence);
            }
            return;
        }
        if (event.is(TcpEventLayout.FLAG_TIME_WAIT)) {
            foldIntoMinisock(story, evidence);
        } else if (evidence.reason().equals("NO_SOCKET")) {
            noteLateFin(story, evidence);
        }
    }

    /** A copy of the peer's FIN was dropped - unless the socket's own state says that another was taken before. */
    private static void foldDroppedFin(SocketLifecycle story, Evidence evidence) {
        TcpEvent event = evidence.event();
        boolean takenByMinisock = event.is(TcpEventLayout.FLAG_TIME_WAIT) && event.oldState() == TcpState.TIME_WAIT;
        boolean takenBySocket = switch (event.newState()) {
            case CLOSE_WAIT, LAST_ACK, CLOSING -> true;
            default -> false;
        };
        if (takenByMinisock) {
            story.peerFin().receivedLate(event.ktimeNs());
        } else if (takenBySocket) {
            story.peerFin().received(event.ktimeNs());
        } else if (!story.peerFin().isReceived() && !story.owesReset() && mayBeThePeersFin(story, evidence)) {
            story.peerFin().dropped(event.ktimeNs(), evidence.reason());
        }
    }

    /**
     * Anybody can send a segment with our addresses and a FIN. What TCP refused for its numbers counts only if it stands
     * exactly where the peer's next byte belongs, anything else if it is not older than that.
     */
    private static boolean mayBeThePeersFin(SocketLifecycle story, Evidence evidence) {
        TcpEvent facts = story.lastNumbers;
        if (facts == null) {
            return !FreedSegment.isDoubtful(evidence.reason());
        }
        int ahead = evidence.event().segmentSeq() - facts.rcvNxt();
        if (FreedSegment.isDoubtful(evidence.reason())) {
            return ahead == 0;
        }
        // Found by its addresses alone it may be of a connection that had them before.
        int end = evidence.event().segmentEndSeq() - facts.rcvNxt();
        return end > 0 && (end < SAME_STREAM || !evidence.event().is(TcpEventLayout.FLAG_TUPLE_FROM_SEGMENT));
    }

    /** A segment met no socket. Data in flight after a reset does too: only a FIN that a minisock waited for is late. */
    private static void noteLateFin(SocketLifecycle story, Evidence evidence) {
        boolean awaited =
                story.ending().wentToFinWait2Minisock() && !story.peerFin().isReceived();
        if (!awaited || !evidence.event().segmentHasFin()) {
            return;
        }
        int ahead = aheadOfClose(story, evidence.event());
        if (ahead > 0 && !story.session().showsResetsByMinisocks()) {
            noteUnseenData(story, ahead);
        } else {
            story.ending().resetForLateFin = evidence;
            story.ending().lateFinAfterTheEnd = story.done;
        }
    }

    /**
     * tcp_timewait_state_process has moved the minisock's substate on when the segment is freed: TIME_WAIT says that it
     * took the FIN. Before 6.11 the substate is not readable (FIN_WAIT2 stands there) and a bare FIN is believed.
     */
    private static void foldIntoMinisock(SocketLifecycle story, Evidence evidence) {
        TcpEvent event = evidence.event();
        boolean accepted = event.oldState() == TcpState.TIME_WAIT;
        if (story.ending().close() == null && story.ending().minisock() == null) {
            // A minisock speaks, so the full socket has ended: that transition was lost.
            story.chainBroken = true;
            if (accepted && event.segmentHasFin()) {
                story.peerFin().receivedLate(event.ktimeNs());
            }
            return;
        }
        boolean bareFin = event.segmentHasFin() && event.segmentEndSeq() - event.segmentSeq() == 1;
        boolean unnamed = !story.session().namesReceivingSocket();
        int ahead = unnamed ? aheadOfClose(story, event) : 0;
        boolean behindData = unnamed && event.segmentHasFin() && !bareFin;
        if (ahead != 0 || behindData) {
            noteUnseenData(story, behindData ? 1 : ahead);
            return;
        }
        if (unnamed && bareFin && evidence.reason().isEmpty()) {
            foldUnexplainedFin(story, evidence);
            return;
        }
        if (!story.ending().inFinWait2Minisock()) {
            return;
        }
        if (event.segmentHasRst()) {
            // One out of the window is only answered (tcp_timewait_state_process).
            TcpEvent close = story.ending().close();
            if (close == null || event.segmentSeq() == close.rcvNxt()) {
                story.ending().resetOfMinisock = evidence;
            }
            return;
        }
        if (accepted || (unnamed && bareFin)) {
            story.peerFin().receivedLate(event.ktimeNs());
        }
    }

    /** How far beyond what the socket expected at its end a FIN stands. */
    private static int aheadOfClose(SocketLifecycle story, TcpEvent event) {
        TcpEvent close = story.ending().close();
        if (close == null || !close.hasSequenceNumbers() || !event.segmentHasFin()) {
            return 0;
        }
        return event.segmentSeq() - close.rcvNxt();
    }

    /**
     * A FIN_WAIT2 minisock takes a FIN that stands where the peer's next byte belongs. Data before it is answered with a reset
     * and ends the minisock, as does a FIN behind data that never came (tcp_timewait_state_process); before 6.10 that reset is
     * not traced.
     */
    private static void noteUnseenData(SocketLifecycle story, int ahead) {
        if (ahead > 0 && !story.session().showsResetsByMinisocks()) {
            story.ending().minisockEndedUnseen = true;
        }
    }

    /**
     * Matched by its addresses alone, and without a reason (before 5.17): tcp_v4_rcv frees what a minisock took and what met
     * nothing in the same place. Time alone tells the two apart.
     */
    private static void foldUnexplainedFin(SocketLifecycle story, Evidence evidence) {
        Ending ending = story.ending();
        boolean awaited = ending.wentToFinWait2Minisock()
                && ending.resetByMinisock == null
                && ending.resetOfMinisock == null
                && !story.peerFin().isReceived();
        if (!awaited) {
            return;
        }
        long atNs = evidence.event().ktimeNs();
        if (ending.minisockEndedUnseen || atNs > story.minisockGoneByNs()) {
            ending.resetForLateFin = evidence;
            ending.lateFinAfterTheEnd = story.done;
        } else if (atNs < story.minisockMayEndNs()) {
            story.peerFin().receivedLate(atNs);
        } else {
            ending.finAtItsEnd = evidence;
        }
    }

    /** A socket first met outside a transition: its state is known from here on, its history is not. */
    private static void enter(SocketLifecycle story, TcpEvent event, TcpState state) {
        if (story.state == TcpState.NONE) {
            story.state = state;
            story.sinceNs = event.ktimeNs();
            story.sinceIsAtLeast = true;
            story.historyFrom = HistoryFrom.FIRST_EVENT;
        }
    }

    /** A kernel thread closes on behalf of nobody that could be named (delayed fput, MPTCP's worker), nor does a look. */
    private static void holds(SocketLifecycle story, TcpEvent event) {
        String comm = event.comm();
        boolean onBehalf = event.is(TcpEventLayout.FLAG_KERNEL_THREAD) || comm.equals(Session.LOOKING_THREAD);
        if (!onBehalf) {
            story.holder = Holder.actor(event.pid(), comm, event.ktimeNs());
        }
    }

    /** SOCK_DEAD shows at the first event after close(): the moment itself is the release's. */
    private static void noteOrphan(SocketLifecycle story, TcpEvent event) {
        if (story.orphanedAtNs != null || !event.hasSocketFacts() || !event.orphaned()) {
            return;
        }
        story.orphaned = true;
        Release release = story.release;
        boolean byClose = release != null && release.how() != Release.How.SHUTDOWN;
        if (release != null && byClose) {
            story.orphanedAtNs = release.atNs();
        } else if (event.kind() != TcpEventKind.SOCKET) {
            story.orphanedAtNs = event.ktimeNs();
        }
        if (release != null && release.ambiguous()) {
            story.release = new Release(release.how(), false, release.atNs(), release.byExit());
        }
    }
}
