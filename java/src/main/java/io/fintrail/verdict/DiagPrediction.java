package io.fintrail.verdict;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpState;

/**
 * What a look through inet_diag leaves of a prediction: a limit that the application may have set itself (TCP_USER_TIMEOUT,
 * TCP_LINGER2, TCP_KEEPIDLE and its like) is not told, nor is what ICMP said. No moment is named that rests on one of them
 * being unset, unless that is said.
 */
final class DiagPrediction {
    private static final int MINISOCK_AT_MOST_S = 60;
    private static final int PROBE_TIMER = 3;

    private DiagPrediction() {}

    static KernelEnd of(TcpEvent look, KernelEnd end, int hz) {
        boolean inFlight = look.newState().awaitsAckOfFin() || look.packetsOut() > 0;
        if (inFlight && look.timerPending() == 1) {
            if (look.retransmits() > 0 && look.retransmittingMs().isEmpty()) {
                return Prediction.never(
                        "it is repeated, and inet_diag does not tell since when: so not when it is given up");
            }
            if (!look.orphaned() && !look.knowsWindow()) {
                return Prediction.never(
                        "whether the peer has shut its window, this kernel's inet_diag does not tell (5.4"
                                + " does): so not whether a limit ends the repeats");
            }
        }
        if (!inFlight && look.newState() == TcpState.FIN_WAIT2 && look.orphaned()) {
            return orphan(look, end, hz);
        }
        if (!inFlight && look.keepsAlive()) {
            return Prediction.never("keep-alive, if the peer answers no probe: inet_diag does not tell its limits; else"
                    + " nothing but an application");
        }
        return inFlight || look.timerPending() == PROBE_TIMER
                ? unless(end, "TCP_USER_TIMEOUT and ICMP, which inet_diag does not tell, may end it otherwise")
                : end;
    }

    private static KernelEnd unless(KernelEnd end, String condition) {
        return new KernelEnd(end.atNs(), end.atTheLatest(), end.by(), end.why() + "; " + condition);
    }

    /** A full socket's FIN_WAIT2 has an end where a limit is over 60 s: if the namespace's is not, it is the socket's own. */
    private static KernelEnd orphan(TcpEvent look, KernelEnd end, int hz) {
        return look.finTimeoutJiffies() > MINISOCK_AT_MOST_S * hz
                ? unless(end, "TCP_LINGER2, which inet_diag does not tell, may be shorter")
                : Prediction.never("its own TCP_LINGER2 ends it, and inet_diag does not tell that");
    }
}
