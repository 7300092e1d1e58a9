package io.fintrail.lifecycle;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpState;
import org.jspecify.annotations.Nullable;

/**
 * How a socket reached CLOSE: that event, and the resets around it. Around resets the order is inverted - CLOSE comes
 * before tcp_send_reset for our own, after it for timers and ss -K - so each is kept with its side.
 */
public final class Ending {
    private static final int NO_ERROR = 0;

    @Nullable
    TcpEvent close;

    @Nullable
    TcpEvent resetReceived;

    @Nullable
    Evidence resetSentBefore;

    @Nullable
    Evidence resetSentAfter;

    @Nullable
    Evidence resetForDataAfter;

    @Nullable
    Evidence resetByMinisock;

    @Nullable
    Evidence resetOfMinisock;

    @Nullable
    Evidence resetForLateFin;

    /** The newest row of the FIN_WAIT2 minisock. */
    @Nullable
    TcpEvent minisock;

    /** A look met the minisock after it had taken the peer's FIN. */
    boolean minisockTookFin;

    boolean minisockExpired;

    /** The minisock was gone before its time. */
    boolean minisockVanished;

    boolean minisockEndedUnseen;

    boolean lateFinAfterTheEnd;

    @Nullable
    Evidence finAtItsEnd;

    /** The event in which the socket became CLOSE. */
    public @Nullable TcpEvent close() {
        return close;
    }

    /** tcp_reset() ran; with {@link #resetForDataAfter} no RST arrived, data did. */
    public @Nullable TcpEvent resetReceived() {
        return resetReceived;
    }

    /** We sent a RST on our own account, then became CLOSE: timers, ss -K. */
    public @Nullable Evidence resetSentBefore() {
        return resetSentBefore;
    }

    /** We became CLOSE, then sent a RST on our own account: close() and disconnect(). */
    public @Nullable Evidence resetSentAfter() {
        return resetSentAfter;
    }

    /** We became CLOSE, then answered a segment with a RST. */
    public @Nullable Evidence resetForDataAfter() {
        return resetForDataAfter;
    }

    /** Our time-wait minisock answered a segment with a RST: data after a full close. */
    public @Nullable Evidence resetByMinisock() {
        return resetByMinisock;
    }

    /** The peer's RST ended our time-wait minisock. */
    public @Nullable Evidence resetOfMinisock() {
        return resetOfMinisock;
    }

    /** The peer's FIN came after even the minisock was gone, and got a RST. */
    public @Nullable Evidence resetForLateFin() {
        return resetForLateFin;
    }

    /** The newest row of the FIN_WAIT2 minisock in a snapshot. */
    public @Nullable TcpEvent minisock() {
        return minisock;
    }

    /** Since when the minisock is known to wait, ktime; Long.MAX_VALUE when there is none. */
    public long minisockSinceNs() {
        TcpEvent event = close != null ? close : minisock;
        return event == null ? Long.MAX_VALUE : event.ktimeNs();
    }

    /** Snapshots had no row of the minisock although its time was not up. */
    public boolean minisockVanished() {
        return minisockVanished;
    }

    /** {@link #resetForLateFin} came when the story had been told: it adds to what was said, and changes none of it. */
    public boolean lateFinAfterTheEnd() {
        return lateFinAfterTheEnd;
    }

    /** As {@link #minisockVanished}, on a kernel that would not have shown data from the peer ending it (before 6.10). */
    public boolean minisockEndedUnseen() {
        return minisockEndedUnseen;
    }

    /** A FIN came as the minisock's time ran out; this kernel does not say whether it was still there (5.17 does). */
    public @Nullable Evidence finAtItsEnd() {
        return finAtItsEnd;
    }

    boolean hasSeenLateFin() {
        return resetForLateFin != null || finAtItsEnd != null;
    }

    /** The FIN_WAIT2 minisock's time ran out. */
    public boolean minisockExpired() {
        return minisockExpired;
    }

    /**
     * The transition FIN_WAIT2 > CLOSE of an orphan is no end: a time-wait minisock goes on waiting for the peer's FIN
     * (tcp_time_wait with TCP_FIN_WAIT2). An MPTCP connection has none, and never SOCK_DONE: there it is the end.
     */
    public boolean wentToFinWait2Minisock() {
        TcpEvent event = close;
        if (minisock != null) {
            return true;
        }
        return event != null
                && event.hasSocketFacts()
                && event.oldState() == TcpState.FIN_WAIT2
                && event.error() == NO_ERROR
                && event.orphaned()
                && !event.peerFinAccepted()
                && resetReceived == null
                && resetSentBefore == null
                && resetSentAfter == null
                && resetForDataAfter == null;
    }

    /** A time-wait minisock waits for the peer's FIN. */
    public boolean inFinWait2Minisock() {
        return wentToFinWait2Minisock() && !minisockExpired && resetByMinisock == null && resetOfMinisock == null;
    }
}
