package io.fintrail.verdict;

import static io.fintrail.verdict.Judgement.certain;
import static io.fintrail.verdict.Judgement.inconclusive;
import static io.fintrail.verdict.Judgement.inferred;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.Ending;
import io.fintrail.lifecycle.PeerFin;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Closes that went their way, and orphans whose minisock waited in vain. */
final class CloseRules {
    private static final String COPY_AT_ITS_END =
            "whether the FIN that came as its time ran out was taken: this kernel does not say (5.17 does)";

    private static final String TABLE_WAS_FULL =
            "the time-wait table (tcp_max_tw_buckets) was full, and this kernel does not say (5.17 does) whether a minisock ";

    private CloseRules() {}

    /** The peer's FIN reached this host and was dropped, and no copy got through. */
    static @Nullable Judgement dropped(SocketLifecycle story, long nowNs) {
        List<PeerFin.Drop> drops = story.peerFin().drops();
        if (drops.isEmpty() || story.peerFin().isReceived()) {
            return null;
        }
        if (story.ending().finAtItsEnd() != null) {
            return inconclusive(COPY_AT_ITS_END);
        }
        boolean copyMayHaveCome = story.ending().wentToFinWait2Minisock()
                && story.mayHaveMissed(
                        TcpEventKind.SEGMENT_FREED,
                        Math.min(drops.get(0).atNs(), story.ending().minisockSinceNs()),
                        nowNs);
        return copyMayHaveCome
                ? inferred(VerdictName.FIN_DROPPED_HERE, "whether a later copy came: events of that kind were lost")
                : certain(VerdictName.FIN_DROPPED_HERE);
    }

    static @Nullable Judgement clean(SocketLifecycle story) {
        TcpEvent close = story.ending().close();
        if (close == null) {
            // Only a minisock takes a FIN late, and it was seen to.
            if (story.peerFin().late() && story.ending().minisock() != null) {
                return certain(VerdictName.CLEAN_ACTIVE_LATE);
            }
            return story.peerFin().late()
                    ? inferred(VerdictName.CLEAN_ACTIVE_LATE, "the socket's last transition: it was lost")
                    : null;
        }
        if (close.error() != 0) {
            return null;
        }
        TcpState before = close.oldState();
        boolean hasFacts = close.hasSocketFacts();
        boolean acknowledged = !hasFacts || close.unacknowledged() == 0;
        if (before == TcpState.FIN_WAIT2 && (close.peerFinAccepted() || !hasFacts)) {
            return sure(VerdictName.CLEAN_ACTIVE, hasFacts);
        }
        if (before == TcpState.LAST_ACK && acknowledged) {
            return sure(VerdictName.CLEAN_PASSIVE, hasFacts);
        }
        if (before == TcpState.CLOSING && acknowledged) {
            return sure(VerdictName.CLEAN_SIMULTANEOUS, hasFacts);
        }
        if (story.ending().wentToFinWait2Minisock() && story.peerFin().late()) {
            if (story.mayHaveFoundTableFull()) {
                return inconclusive(TABLE_WAS_FULL + "took the FIN that came late");
            }
            return story.session().namesReceivingSocket()
                    ? certain(VerdictName.CLEAN_ACTIVE_LATE)
                    : inferred(
                            VerdictName.CLEAN_ACTIVE_LATE,
                            "which socket took the FIN, if any: this kernel does not say (6.11 does), the addresses match");
        }
        return null;
    }

    /** An MPTCP connection shows its states only. */
    private static Judgement sure(VerdictName name, boolean hasFacts) {
        return hasFacts ? certain(name) : inferred(name, "sequence numbers: this is an MPTCP connection");
    }

    /** The minisock's FIN would have shown as one freed segment: if that fact may be lost, nobody is accused. */
    static @Nullable Judgement expiredOrphan(SocketLifecycle story, long judgedAtNs) {
        Ending ending = story.ending();
        if (!ending.wentToFinWait2Minisock()) {
            return null;
        }
        long sinceNs = ending.minisockSinceNs();
        // What was lost after its end cannot have been a FIN that it took.
        long nowNs = Math.min(judgedAtNs, story.minisockEndNs() + 1_000_000_000L);
        if (story.finMetNoMinisock() || ending.minisockVanished()) {
            return inferred(
                    VerdictName.FIN_MISSING_ORPHAN, "whether the time-wait table was full (TcpExtTCPTimeWaitOverflow)");
        }
        if (ending.finAtItsEnd() != null) {
            return inconclusive(COPY_AT_ITS_END);
        }
        if (ending.minisockEndedUnseen()) {
            return inconclusive(
                    "what ended the minisock before its time: this kernel does not show data from the peer (6.10"
                            + " does) nor that the time-wait table is full");
        }
        if (story.mayHaveFoundTableFull()) {
            return inconclusive(TABLE_WAS_FULL + "waits, or waited, for the peer's FIN");
        }
        if (!story.session().sees("kfree_skb") && ending.minisock() != null && !ending.minisockExpired()) {
            return certain(VerdictName.FIN_MISSING_ORPHAN); // its own row says that it still waits
        }
        if (!story.session().sees("kfree_skb")) {
            return inconclusive("whether the peer's FIN came late: kfree_skb could not be traced on this host");
        }
        if (story.isOutsideFilters()) {
            return inconclusive("whether the peer's FIN came late: late segments on " + StandingRules.OUTSIDE);
        }
        if (story.mayHaveMissed(TcpEventKind.SEGMENT_FREED, sinceNs, nowNs)) {
            return inconclusive("events were lost while the peer's FIN was due: it may have come");
        }
        if (story.mayHaveMissed(TcpEventKind.RESET_SENT, sinceNs, nowNs)) {
            return inconclusive("events were lost since the socket closed: a reset may have ended it");
        }
        boolean showsData = story.session().showsResetsByMinisocks();
        boolean lateFinCame = ending.resetForLateFin() != null && !ending.lateFinAfterTheEnd();
        // An audit looks for itself, and tells only of what stands for long.
        boolean mayHaveEndedUnseen = !showsData
                && ending.minisockExpired()
                && !story.minisockWasSeenToWait()
                && !lateFinCame
                && !story.session().isAudit();
        if (mayHaveEndedUnseen) {
            return inconclusive(
                    "whether it waited until its time was up: no look has met it so, and this kernel does not show"
                            + " data from the peer, which would have ended it (6.10 does)");
        }
        if (!showsData) {
            return inferred(
                    VerdictName.FIN_MISSING_ORPHAN,
                    "whether the peer sent data instead: this kernel shows no reset of a minisock (6.10 does)");
        }
        return certain(VerdictName.FIN_MISSING_ORPHAN);
    }
}
