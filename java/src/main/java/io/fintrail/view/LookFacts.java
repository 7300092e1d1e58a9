package io.fintrail.view;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;

/** What makes a look differ from the one before; counters that only pass the time do not. */
record LookFacts(
        boolean minisock,
        TcpState state,
        int shutdown,
        boolean orphaned,
        boolean hasFile,
        boolean peerFinAccepted,
        int unacknowledged,
        int unsent,
        int unread,
        boolean windowShut,
        boolean finBehindHole,
        boolean peerAhead) {
    static LookFacts of(TcpEvent row) {
        boolean minisock = row.is(TcpEventLayout.FLAG_TIME_WAIT);
        boolean full = row.hasSocketFacts();
        boolean queues = full && !minisock;
        return new LookFacts(
                minisock,
                minisock ? row.oldState() : row.newState(),
                row.shutdown(),
                row.orphaned(),
                row.hasSocketFile(),
                row.peerFinAccepted(),
                queues ? row.unacknowledged() : 0,
                queues ? row.unsent() : 0,
                queues ? row.rcvNxt() - row.copiedSeq() : 0,
                queues && row.unsent() > 0 && row.knowsWindow() && row.usableWindow() <= 0,
                row.is(TcpEventLayout.FLAG_OUT_OF_ORDER_FIN),
                row.hasSequenceNumbers()
                        && queues
                        && row.newState() == TcpState.FIN_WAIT2
                        && row.sndWl1() - row.rcvNxt() == 1);
    }
}
