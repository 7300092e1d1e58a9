package io.fintrail.view;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpState;

/** Who has to act for the close to go on. */
final class Turn {
    static final String NOBODYS = "";

    /** Nobody's, for the close is over. */
    static final String OVER = "nobody's turn: it is over";

    static final String PEERS_FIN = "the peer's turn: its FIN";
    static final String FIN_AGAIN = "the peer's turn: its FIN again, and this host's: to let it in";
    static final String OUR_CLOSE = "our application's turn: to close";

    private Turn() {}

    static String in(TcpState state) {
        return switch (state) {
            case SYN_SENT -> "the peer's turn: to answer our SYN";
            case FIN_WAIT1, LAST_ACK, CLOSING -> "the peer's turn: to acknowledge our FIN";
            case FIN_WAIT2 -> PEERS_FIN;
            case CLOSE_WAIT -> OUR_CLOSE;
            case CLOSE, TIME_WAIT -> OVER;
            default -> NOBODYS;
        };
    }

    /** As {@link #in}, of a look that shows what is still to be sent. */
    static String of(LookFacts facts) {
        boolean unsent = facts.state().awaitsAckOfFin() && facts.unsent() > 0;
        if (unsent) {
            return facts.windowShut()
                    ? "the peer's turn: to read, for its window is shut"
                    : "this host's turn: our FIN is not sent yet";
        }
        return facts.finBehindHole() ? "the peer's turn: to fill the hole before its FIN" : in(facts.state());
    }

    /** After a CLOSE: a time-wait minisock may go on waiting for the peer's FIN. */
    static String after(TcpEvent transition) {
        boolean dataAhead =
                transition.newState().awaitsAckOfFin() && transition.hasSocketFacts() && transition.unsent() > 0;
        if (dataAhead) {
            return "the peer's turn: to take the data before our FIN";
        }
        return leavesMinisock(transition) ? PEERS_FIN : in(transition.newState());
    }

    /** FIN_WAIT2 > CLOSE of an orphan is no end (tcp_time_wait with TCP_FIN_WAIT2). */
    static boolean leavesMinisock(TcpEvent event) {
        return event.newState() == TcpState.CLOSE
                && event.oldState() == TcpState.FIN_WAIT2
                && event.hasSocketFacts()
                && event.orphaned()
                && !event.peerFinAccepted()
                && event.error() == 0;
    }
}
