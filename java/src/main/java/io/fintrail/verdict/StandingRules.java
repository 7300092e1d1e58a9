package io.fintrail.verdict;

import static io.fintrail.verdict.Judgement.certain;
import static io.fintrail.verdict.Judgement.inconclusive;
import static io.fintrail.verdict.Judgement.inferred;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.lifecycle.LocalFin;
import io.fintrail.lifecycle.Ownership;
import io.fintrail.lifecycle.SocketLifecycle;
import org.jspecify.annotations.Nullable;

/**
 * Sockets that stand half-closed. From events alone, "it still stands" is the absence of an event: where one may have
 * been lost since the last, only a look at the socket itself could tell.
 */
final class StandingRules {
    private StandingRules() {}

    static @Nullable Judgement dropped(SocketLifecycle story, long nowNs) {
        Judgement judgement = CloseRules.dropped(story, nowNs);
        return judgement != null && story.ending().close() == null && mayHaveMovedOn(story, nowNs)
                ? inconclusive("events were lost since its last: a copy of the peer's FIN may have come")
                : judgement;
    }

    static @Nullable Judgement judge(SocketLifecycle story, long nowNs) {
        Judgement judgement = byState(story, nowNs);
        if (judgement == null) {
            return null;
        }
        return mayHaveMovedOn(story, nowNs)
                ? inconclusive("events were lost since its last: it may have closed meanwhile")
                : judgement;
    }

    private static boolean mayHaveMovedOn(SocketLifecycle story, long nowNs) {
        long lastSeenNs = story.events().get(story.events().size() - 1).atNs();
        return story.mayHaveMissed(TcpEventKind.STATE, lastSeenNs, nowNs);
    }

    private static @Nullable Judgement byState(SocketLifecycle story, long nowNs) {
        return switch (story.state()) {
            case FIN_WAIT1, CLOSING, LAST_ACK -> awaitingAck(story);
            case FIN_WAIT2 -> finMissing(story, nowNs);
            case CLOSE_WAIT -> closeWait(story, nowNs);
            default -> null;
        };
    }

    private static Judgement awaitingAck(SocketLifecycle story) {
        LocalFin fin = story.localFin();
        if (!fin.retransmits().isEmpty()) {
            return certain(VerdictName.FIN_RETRANSMITTING);
        }
        if (!fin.refusals().isEmpty()) {
            return certain(VerdictName.FIN_UNSENT_LOCAL_EGRESS);
        }
        TcpEvent facts = story.lastFacts();
        // A window that is only smaller than what is queued is any transfer's.
        boolean windowShut = facts != null && facts.usableWindow() <= 0;
        if (windowShut && fin.unsentBytesAhead() > 0) {
            return inferred(
                    VerdictName.FIN_UNSENT_ZERO_WINDOW,
                    "the socket's present window (ss -ti): when the FIN was queued, " + fin.unsentBytesAhead()
                            + " bytes stood unsent before it");
        }
        return inferred(
                VerdictName.FIN_UNSENT_QUEUED,
                "the socket's present numbers (ss -ti): no repeat of the FIN and no drop of it was seen");
    }

    private static @Nullable Judgement finMissing(SocketLifecycle story, long nowNs) {
        if (story.ending().close() != null) {
            return CloseRules.expiredOrphan(story, nowNs);
        }
        TcpEvent facts = story.lastFacts();
        if (facts != null && facts.is(TcpEventLayout.FLAG_OUT_OF_ORDER)) {
            return inferred(
                    VerdictName.FIN_OUT_OF_ORDER,
                    "whether the peer's FIN is among the segments that wait behind the hole");
        }
        VerdictName name =
                story.ownership() == Ownership.ORPHAN ? VerdictName.FIN_MISSING_ORPHAN : VerdictName.FIN_MISSING_HELD;
        boolean dropWouldShow = story.session().sees("kfree_skb")
                && story.session().namesReceivingSocket()
                && !story.mayHaveMissed(TcpEventKind.SEGMENT_FREED, story.sinceNs(), nowNs);
        return dropWouldShow
                ? certain(name)
                : inferred(name, "whether this host dropped the peer's FIN (firewall counters)");
    }

    private static Judgement closeWait(SocketLifecycle story, long nowNs) {
        if (story.eofReadAtNs() != null) {
            return certain(VerdictName.CLOSE_WAIT_EOF_MAYBE_READ);
        }
        if (story.ownership() == Ownership.UNACCEPTED) {
            return inferred(
                    VerdictName.CLOSE_WAIT_UNACCEPTED,
                    "whether it was accepted since: accept() leaves no event (ss -tlp shows the queue)");
        }
        if (!story.session().sees("sock_recv_length")) {
            return inferred(
                    VerdictName.CLOSE_WAIT_EOF_MAYBE_READ,
                    "whether the application read EOF: this kernel does not tell (6.3 does); Recv-Q in ss does");
        }
        if (story.mayHaveMissed(TcpEventKind.EOF_READ, story.sinceNs(), nowNs)) {
            return inferred(
                    VerdictName.CLOSE_WAIT_EOF_MAYBE_READ,
                    "whether the application read EOF: events of that kind were lost; Recv-Q in ss tells");
        }
        return inferred(
                VerdictName.CLOSE_WAIT_EOF_UNREAD,
                "Recv-Q in ss: splice() and io_uring read without the event that shows it");
    }
}
