package io.fintrail.verdict;

import static io.fintrail.verdict.Judgement.certain;
import static io.fintrail.verdict.Judgement.inferred;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.Ending;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.lifecycle.SocketLifecycle;
import org.jspecify.annotations.Nullable;

/**
 * Closes that a reset cut short. Which side a reset stands on, before or after the CLOSE event, tells timers and ss -K
 * (before) from close() and disconnect() (after); the reason, where the kernel gives one (6.10), only confirms.
 */
final class ResetRules {
    private static final int ECONNABORTED = 103;
    private static final int ECONNRESET = 104;
    private static final int EPIPE = 32;
    private static final int ETIMEDOUT = 110;

    private ResetRules() {}

    static @Nullable Judgement judge(SocketLifecycle story) {
        Ending ending = story.ending();
        TcpEvent close = ending.close();
        if (close != null && ending.resetReceived() != null) {
            return received(story, close);
        }
        if (ending.resetByMinisock() != null) {
            return certain(VerdictName.DATA_AFTER_CLOSE);
        }
        if (ending.resetOfMinisock() != null) {
            return certain(VerdictName.RST_RECEIVED);
        }
        if (close == null) {
            return null;
        }
        if (close.error() == ECONNABORTED) {
            return certain(VerdictName.ADMIN_KILL);
        }
        Judgement judgement = byTimer(ending, close);
        if (judgement == null) {
            judgement = byOurClose(ending, close);
        }
        if (judgement == null && (close.error() == ECONNRESET || close.error() == EPIPE)) {
            return inferred(VerdictName.RST_RECEIVED, "the reset's own event was lost; the socket's error says it");
        }
        return judgement;
    }

    /** tcp_reset() also runs for data after a full close: then no RST came in, and we send one. */
    private static Judgement received(SocketLifecycle story, TcpEvent close) {
        if (story.ending().resetForDataAfter() != null) {
            return certain(VerdictName.DATA_AFTER_CLOSE);
        }
        boolean mayHaveBeenData = close.shutBothWays()
                && story.mayHaveMissed(
                        TcpEventKind.RESET_SENT, close.ktimeNs(), close.ktimeNs() + LifecycleTracker.HOLD_NS);
        return mayHaveBeenData
                ? inferred(VerdictName.RST_RECEIVED, "whether it was data after our close: our own reset may be lost")
                : certain(VerdictName.RST_RECEIVED);
    }

    private static @Nullable Judgement byTimer(Ending ending, TcpEvent close) {
        Evidence reset = ending.resetSentBefore();
        if (reset == null) {
            return null;
        }
        return switch (reset.reason()) {
            case "TCP_KEEPALIVE_TIMEOUT" -> certain(VerdictName.KEEPALIVE_DEAD);
            case "TCP_ABORT_ON_MEMORY" -> certain(VerdictName.ORPHAN_LIMIT);
            default -> {
                if (close.error() == ETIMEDOUT && close.unacknowledged() == 0) {
                    yield certain(VerdictName.KEEPALIVE_DEAD);
                }
                // inet_csk_destroy_sock from tcp_keepalive_timer: the orphan's time was up as a full socket.
                boolean orphanExpired =
                        close.oldState() == TcpState.FIN_WAIT2 && close.orphaned() && close.error() == 0;
                yield orphanExpired ? certain(VerdictName.FIN_MISSING_ORPHAN) : null;
            }
        };
    }

    private static @Nullable Judgement byOurClose(Ending ending, TcpEvent close) {
        Evidence reset = ending.resetSentAfter();
        Evidence answer = ending.resetForDataAfter();
        if (answer != null && close.linger2Jiffies() < 0) {
            return certain(VerdictName.RST_BY_US_LINGER2);
        }
        // Data that carries the ACK of our FIN takes an orphan through FIN_WAIT2 to CLOSE (tcp_rcv_state_process).
        boolean closedForGood =
                close.oldState() == TcpState.FIN_WAIT1 || (close.oldState() == TcpState.FIN_WAIT2 && close.orphaned());
        if (answer != null && close.error() == 0 && !close.peerFinAccepted() && closedForGood) {
            return certain(VerdictName.DATA_AFTER_CLOSE);
        }
        if (close.error() != 0) {
            return null;
        }
        boolean byApplication = !close.orphaned() && close.shutBothWays();
        boolean finQueued = close.oldState().awaitsAckOfFin();
        // tcp_fin() shuts the receive side itself: this CLOSE is the peer's FIN, whatever is still unread.
        boolean byPeerFin = close.oldState() == TcpState.FIN_WAIT2 && close.peerFinAccepted();
        if (byApplication && close.unreadBytes() > 0 && !finQueued && !byPeerFin) {
            return certain(VerdictName.RST_BY_US_UNREAD);
        }
        if (reset == null) {
            return null;
        }
        return switch (reset.reason()) {
            case "TCP_ABORT_ON_CLOSE" -> certain(VerdictName.RST_BY_US_UNREAD);
            case "TCP_ABORT_ON_LINGER" -> certain(VerdictName.RST_BY_US_LINGER2);
            case "TCP_ABORT_ON_MEMORY" -> certain(VerdictName.ORPHAN_LIMIT);
            default -> byDisconnect(close);
        };
    }

    /** tcp_disconnect() serves three callers: close() with linger 0, a closing listener, connect(AF_UNSPEC). */
    private static Judgement byDisconnect(TcpEvent close) {
        if (close.linger2Jiffies() < 0 && close.oldState() == TcpState.FIN_WAIT2) {
            return certain(VerdictName.RST_BY_US_LINGER2);
        }
        // __tcp_close looks at unread data before it looks at SO_LINGER.
        if (close.shutBothWays() && !close.orphaned() && close.unreadBytes() > 0) {
            return certain(VerdictName.RST_BY_US_UNREAD);
        }
        if (close.shutBothWays() && close.lingersZero()) {
            return certain(VerdictName.RST_BY_US_LINGER0);
        }
        if (!close.hasSocketFile() && !close.orphaned()) {
            return certain(VerdictName.NEVER_ACCEPTED_RST);
        }
        if (close.orphaned()) {
            return inferred(VerdictName.ORPHAN_LIMIT, "the reset's reason: this kernel does not give it (6.10 does)");
        }
        return certain(VerdictName.DISCONNECT);
    }
}
