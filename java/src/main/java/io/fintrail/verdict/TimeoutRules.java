package io.fintrail.verdict;

import static io.fintrail.verdict.Judgement.certain;
import static io.fintrail.verdict.Judgement.inferred;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.LocalFin;
import io.fintrail.lifecycle.SocketLifecycle;
import org.jspecify.annotations.Nullable;

/** Closes that the kernel gave up. All tests are on the CLOSE event: what the socket's own numbers say at its end. */
final class TimeoutRules {
    private static final int ETIMEDOUT = 110;
    private static final long MILLISECOND_NS = 1_000_000;

    private TimeoutRules() {}

    static @Nullable Judgement judge(SocketLifecycle story) {
        TcpEvent close = story.ending().close();
        if (close == null || close.error() == 0 || !close.hasSocketFacts()) {
            return null;
        }
        // tcp_write_err() passes on what ICMP said, if it said anything.
        if (close.error() != ETIMEDOUT) {
            if (refusedHere(story)) {
                return inferred(
                        VerdictName.ICMP_DEAD,
                        "whether a router said so: this host refused repeats itself (its routes, its OUTPUT firewall)");
            }
            return close.error() == close.softError() || close.softError() != 0
                    ? certain(VerdictName.ICMP_DEAD)
                    : inferred(
                            VerdictName.ICMP_DEAD,
                            "the ICMP error itself: the socket kept only errno " + close.error());
        }
        TcpState before = close.oldState();
        if (!before.awaitsAckOfFin()) {
            return close.unacknowledged() > 0 ? certain(VerdictName.DATA_UNACKED_TIMEOUT) : null;
        }
        return close.unsent() > 0 ? unsent(story, close) : unacknowledged(story, close);
    }

    /** inet_sk_rebuild_header() leaves the same error behind when this host has no route. */
    private static boolean refusedHere(SocketLifecycle story) {
        LocalFin fin = story.localFin();
        return !fin.refusals().isEmpty() || fin.retransmits().stream().anyMatch(r -> r.error() != 0);
    }

    private static Judgement unacknowledged(SocketLifecycle story, TcpEvent close) {
        if (close.unacknowledged() > 1) {
            return certain(VerdictName.DATA_AND_FIN_UNACKED_TIMEOUT);
        }
        if (close.userTimeoutMs() != 0) {
            return userTimeout(story, close);
        }
        return certain(
                close.orphaned() ? VerdictName.FIN_UNACKED_ORPHAN_TIMEOUT : VerdictName.FIN_UNACKED_HELD_TIMEOUT);
    }

    /** TCP_USER_TIMEOUT counts from the first RTO retransmission, not from the FIN. */
    private static Judgement userTimeout(SocketLifecycle story, TcpEvent close) {
        Long queuedAtNs = story.localFin().queuedAtNs();
        boolean elapsed = queuedAtNs != null && close.ktimeNs() - queuedAtNs >= close.userTimeoutMs() * MILLISECOND_NS;
        return elapsed
                ? certain(VerdictName.FIN_UNACKED_USER_TIMEOUT)
                : inferred(
                        VerdictName.FIN_UNACKED_USER_TIMEOUT,
                        "when the FIN was sent: that event is not in the journal");
    }

    /**
     * Something queued never left. With data in flight that nobody acknowledged, the FIN only stood in line behind it,
     * however full the window was; with nothing in flight, either the peer's window is shut or this host refuses.
     */
    private static Judgement unsent(SocketLifecycle story, TcpEvent close) {
        boolean nothingInFlight = close.sndNxt() == close.sndUna();
        if (close.sndWnd() == 0) {
            return nothingInFlight
                    ? certain(VerdictName.FIN_UNSENT_ZERO_WINDOW_KILLED)
                    : inferred(
                            VerdictName.FIN_UNSENT_ZERO_WINDOW_KILLED,
                            "whether the peer took the " + (close.sndNxt() - close.sndUna()) + " bytes in flight");
        }
        if (!nothingInFlight) {
            return certain(VerdictName.DATA_AND_FIN_UNACKED_TIMEOUT);
        }
        LocalFin fin = story.localFin();
        return fin.refusals().isEmpty()
                ? inferred(
                        VerdictName.FIN_UNSENT_LOCAL_EGRESS,
                        "who refused it: no drop of our segment was seen (firewall counters, routes and qdisc of this host)")
                : certain(VerdictName.FIN_UNSENT_LOCAL_EGRESS);
    }
}
