package io.fintrail.view;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import org.jspecify.annotations.Nullable;

/** A state transition in plain words; remembers when the FINs were, to say how long an answer took. */
final class TransitionText {
    private @Nullable Long finQueuedNs;
    private @Nullable Long finAckedNs;
    private @Nullable Long peerFinNs;

    /** When the peer's FIN was accepted, as far as it has been told. */
    @Nullable
    Long peerFinNs() {
        return peerFinNs;
    }

    String of(TcpEvent event) {
        TcpState before = event.oldState();
        TcpState after = event.newState();
        String words = before == after ? self(event) : after == TcpState.CLOSE ? close(event) : open(event);
        return words + " [" + before + "->" + after + "]";
    }

    /** tcp_close_state() sets the state even where it stays: close() after shutdown(). */
    private static String self(TcpEvent event) {
        return event.shutBothWays()
                ? Actor.of(event) + " closed the socket: nobody holds it any more, it is an orphan"
                : Actor.of(event) + " shut the socket again";
    }

    private String open(TcpEvent event) {
        return switch (event.newState()) {
            case SYN_SENT -> Actor.of(event) + " connects: our SYN is sent";
            case SYN_RECV -> "a handshake began";
            case ESTABLISHED ->
                event.oldState() == TcpState.SYN_SENT
                        ? "the peer answered: connected"
                        : "the peer completed the handshake: connected";
            case FIN_WAIT1 -> {
                finQueuedNs = event.ktimeNs();
                yield letGo(event, "closed", "half-closed") + ": our FIN is queued" + behind(event);
            }
            case FIN_WAIT2 -> {
                finAckedNs = event.ktimeNs();
                yield "our FIN was acknowledged" + later(event, finQueuedNs) + aheadOfItsFin(event);
            }
            case CLOSING -> {
                peerFinNs = event.ktimeNs();
                yield "the peer's FIN arrived, our own not acknowledged yet: both closed at once";
            }
            case CLOSE_WAIT -> {
                peerFinNs = event.ktimeNs();
                yield "the peer's FIN arrived: it sends no more";
            }
            case LAST_ACK -> {
                finQueuedNs = event.ktimeNs();
                yield letGo(event, "closed its side, too", "closed its side, too") + ": our FIN is queued"
                        + behind(event) + later(event, peerFinNs);
            }
            default -> "the state changed";
        };
    }

    /** With the receiving side shut by the peer's FIN already, shutdown() and close() look alike. */
    private static String letGo(TcpEvent event, String both, String sendOnly) {
        if (event.is(TcpEventLayout.FLAG_TASK_EXITING)) {
            return Actor.of(event) + " exited, and the kernel closed for it";
        }
        return Actor.of(event) + " " + (event.shutBothWays() ? both : sendOnly);
    }

    private static String behind(TcpEvent event) {
        return event.hasSocketFacts() && event.unsent() > 0
                ? " behind " + event.unsent() + " bytes that are not sent yet"
                : "";
    }

    private static String aheadOfItsFin(TcpEvent event) {
        boolean ahead = event.hasSocketFacts() && event.sndWl1() - event.rcvNxt() == 1;
        return ahead ? "; the peer seems to have sent its FIN, which has not come" : "";
    }

    private static String later(TcpEvent event, @Nullable Long beforeNs) {
        return beforeNs == null ? "" : " (" + WallClock.duration(event.ktimeNs() - beforeNs) + " later)";
    }

    private String close(TcpEvent event) {
        if (event.error() != 0) {
            return "the connection is over with an error: " + Errno.name(event.error());
        }
        if (event.oldState() == TcpState.SYN_SENT || event.oldState() == TcpState.SYN_RECV) {
            return "the connection never came about";
        }
        boolean acknowledged = event.hasSocketFacts() && event.unacknowledged() == 0;
        if (event.oldState() == TcpState.FIN_WAIT2) {
            return finWait2Ends(event);
        }
        if (event.oldState().awaitsAckOfFin()) {
            return acknowledged
                    ? "our FIN was acknowledged" + later(event, finQueuedNs) + closedBothWays(event)
                    : "the connection is over, our FIN not acknowledged";
        }
        return withoutFin(event);
    }

    private static String closedBothWays(TcpEvent event) {
        return event.peerFinAccepted() ? ": both directions are closed" : "";
    }

    private String finWait2Ends(TcpEvent event) {
        if (event.peerFinAccepted()) {
            peerFinNs = event.ktimeNs();
            return "the peer's FIN arrived" + later(event, finAckedNs) + ": both directions are closed";
        }
        if (Turn.leavesMinisock(event) && event.is(TcpEventLayout.FLAG_TIME_WAIT_FULL)) {
            return "the time-wait table is full: if there was room, a minisock in the socket's place waits for the peer's FIN";
        }
        return Turn.leavesMinisock(event)
                ? "the kernel put a time-wait minisock in the socket's place, which waits for the peer's FIN"
                : "the connection is over";
    }

    private static String withoutFin(TcpEvent event) {
        if (event.orphaned() || !event.shutBothWays()) {
            return event.shutdown() == 0 && event.hasSocketFile() && event.pid() != 0
                    ? Actor.of(event) + " disconnected the socket"
                    : "the connection is over without a FIN of ours";
        }
        String unread = event.hasSocketFacts() && event.unreadBytes() > 0
                ? " with " + event.unreadBytes() + " bytes unread"
                : event.lingersZero() ? " with SO_LINGER 0" : "";
        return Actor.of(event) + " closed" + unread + ": over without a FIN of ours";
    }
}
