package io.fintrail.lifecycle;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import org.jspecify.annotations.Nullable;

/** Folds what a snapshot saw of a socket: its state now, whatever the events before said, and who holds it. */
final class LookFolder {
    private static final long MILLISECOND_NS = 1_000_000;

    private LookFolder() {}

    static void foldSocket(SocketLifecycle story, TcpEvent event) {
        if (event.is(TcpEventLayout.FLAG_TIME_WAIT)) {
            foldMinisock(story, event);
            return;
        }
        if (story.state == TcpState.NONE) {
            story.historyFrom = HistoryFrom.SNAPSHOT;
            story.state = event.newState();
            story.sinceNs = Math.max(sinceAtTheLatest(story, event), 0); // not before the boot
            story.sinceIsAtLeast = true;
            noteWhatTheStateProves(story, event);
            noteThatItStoodBefore(story);
        } else if (story.state != event.newState()) {
            story.chainBroken = true;
            adopt(story, event);
        } else if (story.sinceIsAtLeast) {
            // Met by an event that told less, such as a repeat.
            story.sinceNs = Math.min(story.sinceNs, sinceAtTheLatest(story, event));
            noteWhatTheStateProves(story, event);
            noteThatItStoodBefore(story);
        }
        story.doubtSinceNs = doubtSince(story, event);
        story.look = event;
        story.localFin().met(event);
        if (event.newState() == TcpState.FIN_WAIT2) {
            story.peerFin().observe(event);
        }
        if (story.doubtSinceNs == null && story.halfClosedSinceNs == null) {
            story.standing = false; // what only seemed open is
        }
    }

    /** Everything that the state alone proves; times of what was not seen stay unknown. */
    private static void adopt(SocketLifecycle story, TcpEvent event) {
        TcpState state = event.newState();
        story.state = state;
        story.sinceNs = Math.max(sinceAtTheLatest(story, event), story.lastEventNs);
        story.sinceIsAtLeast = true;
        noteWhatTheStateProves(story, event);
    }

    /** What it was met by, such as a FIN that was dropped, is younger than what it stands in. */
    private static void noteThatItStoodBefore(SocketLifecycle story) {
        if (story.halfClosedSinceNs != null) {
            story.halfClosedSinceNs = Math.min(story.halfClosedSinceNs, story.sinceNs);
        }
    }

    private static void noteWhatTheStateProves(SocketLifecycle story, TcpEvent event) {
        if (story.closedFirst == CloseSide.NONE) {
            story.closedFirst = closedFirst(event.newState());
        }
        if (event.peerFinAccepted()) {
            story.peerFin().met();
        }
    }

    private static CloseSide closedFirst(TcpState state) {
        return switch (state) {
            case FIN_WAIT1, FIN_WAIT2 -> CloseSide.LOCAL;
            case CLOSE_WAIT, LAST_ACK -> CloseSide.PEER;
            case CLOSING -> CloseSide.SIMULTANEOUS;
            default -> CloseSide.NONE;
        };
    }

    /**
     * The segment that led to FIN_WAIT2 or CLOSE_WAIT carried an ACK (tcp_ack sets rcv_tstamp), as did every later one.
     * Our own FIN was queued before its first repeat.
     */
    private static long sinceAtTheLatest(SocketLifecycle story, TcpEvent event) {
        long jiffyNs = story.session().jiffyNs();
        return switch (event.newState()) {
            case FIN_WAIT2, CLOSE_WAIT -> event.ktimeNs() - event.ackReceivedJiffies() * jiffyNs;
            case FIN_WAIT1, LAST_ACK, CLOSING ->
                event.retransmits() == 0
                        ? event.ktimeNs()
                        : event.ktimeNs() - event.retransmittingMs().orElse(0) * MILLISECOND_NS;
            default -> event.ktimeNs();
        };
    }

    /** An open socket that stands still: a hole before the peer's FIN, or silence longer than keep-alive would bear. */
    private static @Nullable Long doubtSince(SocketLifecycle story, TcpEvent event) {
        if (event.newState() != TcpState.ESTABLISHED) {
            return null;
        }
        Long before = story.doubtSinceNs;
        if (event.is(TcpEventLayout.FLAG_OUT_OF_ORDER_FIN) || isSilent(event)) {
            long quietJiffies = Math.min(
                    event.ackReceivedJiffies(), Math.min(event.dataReceivedJiffies(), event.dataSentJiffies()));
            return before != null
                    ? before
                    : Long.valueOf(
                            event.ktimeNs() - quietJiffies * story.session().jiffyNs());
        }
        TcpEvent lookBefore = story.look;
        if (lookBefore != null && hasSameHole(lookBefore, event)) {
            return before != null ? before : Long.valueOf(lookBefore.ktimeNs());
        }
        return null;
    }

    /**
     * The peer's FIN may be behind it, which inet_diag does not tell. Any transfer has a hole now and then, which is filled
     * before the next look.
     */
    private static boolean hasSameHole(TcpEvent before, TcpEvent event) {
        return event.isFromDiag()
                && event.is(TcpEventLayout.FLAG_OUT_OF_ORDER)
                && before.is(TcpEventLayout.FLAG_OUT_OF_ORDER)
                && before.receivedBytes() == event.receivedBytes();
    }

    /** Idle in both directions for longer than tcp_keepalive_time, and nobody asks whether the peer still lives. */
    static boolean isSilent(TcpEvent look) {
        long patience = look.keepaliveTimeJiffies();
        return !look.keepsAlive()
                && patience > 0
                && look.ackReceivedJiffies() >= patience
                && look.dataReceivedJiffies() >= patience
                && look.dataSentJiffies() >= patience;
    }

    /** A minisock's own row: its substate says whether it still waits for the peer's FIN, its timer until when. */
    private static void foldMinisock(SocketLifecycle story, TcpEvent event) {
        if (event.oldState() != TcpState.FIN_WAIT2) {
            story.ending().minisockTookFin = true;
            if (!story.peerFin().isReceived()) {
                story.peerFin().receivedLate(event.ktimeNs());
            }
            return;
        }
        if (story.state == TcpState.NONE) {
            story.historyFrom = HistoryFrom.SNAPSHOT;
        } else if (story.ending().close == null && story.ending().minisock == null) {
            story.chainBroken = true;
        }
        if (story.ending().close == null && story.ending().minisock == null) {
            story.state = TcpState.CLOSE;
            story.sinceNs = event.ktimeNs();
            story.sinceIsAtLeast = true;
            story.closedFirst = CloseSide.LOCAL;
        }
        story.orphaned = true;
        story.ending().minisock = event;
        story.ending().minisockVanished = false;
        story.ending().minisockEndedUnseen = false;
    }

    static void foldHolder(SocketLifecycle story, TcpEvent event) {
        if (story.state == TcpState.NONE) {
            story.historyFrom = HistoryFrom.SNAPSHOT;
            story.state = event.newState();
            story.sinceNs = event.ktimeNs();
            story.sinceIsAtLeast = true;
            story.closedFirst = closedFirst(story.state);
            story.metClosed = story.state == TcpState.CLOSE;
        }
        story.heldBy(new Holder(event.pid(), event.comm(), event.fd(), event.inode(), event.ktimeNs()));
        if (event.newState() == TcpState.CLOSE && (story.ending().close != null || story.metClosed)) {
            story.heldClosedAtNs = event.ktimeNs();
        }
    }
}
