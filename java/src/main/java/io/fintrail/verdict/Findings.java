package io.fintrail.verdict;

import io.fintrail.lifecycle.FreedSegment;
import io.fintrail.lifecycle.LocalFin;
import io.fintrail.lifecycle.PeerFin;
import io.fintrail.lifecycle.Release;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Everything else that is true of a connection, whatever its verdict. */
final class Findings {
    /** nf_conntrack_tcp_timeout_close_wait, where the namespace's own is not known. */
    private static final long USUAL_CONNTRACK_CLOSE_WAIT_NS = 60_000_000_000L;

    private static final int EBUSY = 16;

    private Findings() {}

    static List<Finding> of(SocketLifecycle story) {
        List<Finding> findings = new ArrayList<>();
        add(findings, droppedByConntrack(story));
        add(findings, refusedByStack(story));
        add(findings, retransmissionFailed(story));
        // A reset goes out in place of an acknowledgement, or ends the socket before a delayed one is due.
        boolean ackUnseen = story.localFin().ackedAtNs() == null
                && !story.chainBroken()
                && ResetRules.judge(story) == null
                && !story.localFin().retransmits().isEmpty();
        if (ackUnseen && story.localFin().isReceivedByPeer()) {
            findings.add(certain(
                    FindingName.LAST_ACK_LOST,
                    "the other end's socket is in this journal, too, and has accepted our FIN: what got lost is its"
                            + " acknowledgement"));
        }
        if (story.ending().resetForLateFin() != null) {
            findings.add(certain(
                    FindingName.LATE_FIN_RST,
                    "the peer's FIN came after our time-wait minisock was gone: we answered with a reset"));
        }
        if (story.finMetNoMinisock() || story.ending().minisockVanished()) {
            findings.add(new Finding(
                    FindingName.TW_OVERFLOW,
                    Certainty.INFERRED,
                    "no time-wait minisock where one was due: table full (tcp_max_tw_buckets) or removed"));
        }
        if (story.ending().resetOfMinisock() != null) {
            findings.add(certain(FindingName.TW_KILLED_BY_RST, "the peer's reset ended our time-wait minisock"));
        }
        Release release = story.release();
        if (release != null && release.byExit()) {
            findings.add(certain(FindingName.PROCESS_KILLED, "the socket was closed because its process ended"));
        }
        if (story.completedByFin()) {
            findings.add(certain(
                    FindingName.SYN_QUEUE_FIN,
                    "the peer's FIN completed the handshake: no segment came between the two"));
        }
        if (story.closedBeforeHandshake()) {
            findings.add(certain(FindingName.TFO_EARLY_CLOSE, "closed before the handshake ended (TCP Fast Open)"));
        }
        StandingFindings.add(findings, story);
        return findings;
    }

    private static Finding certain(FindingName name, String says) {
        return new Finding(name, Certainty.CERTAIN, says);
    }

    private static void add(List<Finding> findings, @Nullable Finding finding) {
        if (finding != null) {
            findings.add(finding);
        }
    }

    private static @Nullable Finding droppedByConntrack(SocketLifecycle story) {
        Long ackedAtNs = story.localFin().ackedAtNs();
        if (ackedAtNs == null || story.peerFin().isReceived()) {
            return null;
        }
        for (PeerFin.Drop drop : story.peerFin().drops()) {
            long forgottenAfterNs = story.conntrackCloseWaitNs(drop.atNs(), USUAL_CONNTRACK_CLOSE_WAIT_NS);
            boolean halfCloseForgotten = drop.atNs() - ackedAtNs >= forgottenAfterNs;
            if (drop.reason().equals("NETFILTER_DROP") && halfCloseForgotten) {
                return new Finding(
                        FindingName.FIN_DROPPED_CONNTRACK,
                        Certainty.INFERRED,
                        "dropped " + (drop.atNs() - ackedAtNs) / 1_000_000_000L
                                + " s after the half-close: conntrack forgets one after "
                                + forgottenAfterNs / 1_000_000_000L
                                + " s (nf_conntrack_tcp_timeout_close_wait)");
            }
        }
        return null;
    }

    private static @Nullable Finding refusedByStack(SocketLifecycle story) {
        if (story.peerFin().isReceived()) {
            return null;
        }
        for (PeerFin.Drop drop : story.peerFin().drops()) {
            if (FreedSegment.isRefusedByStack(drop.reason())) {
                return certain(FindingName.FIN_REFUSED_STACK, "TCP refused the peer's FIN: " + drop.reason());
            }
        }
        return null;
    }

    /** A refusal before the FIN was ever sent is the verdict's matter (FIN_UNSENT_LOCAL_EGRESS). */
    private static @Nullable Finding retransmissionFailed(SocketLifecycle story) {
        LocalFin fin = story.localFin();
        Long sentAtNs = fin.sentAtNs();
        if (sentAtNs == null || fin.retransmits().isEmpty()) {
            return null;
        }
        // EBUSY: the copy before still waits in a queue of this host (skb_still_in_host_queue), and leaves from there.
        long refused = fin.retransmits().stream()
                .filter(r -> r.error() != 0 && Math.abs(r.error()) != EBUSY)
                .count();
        long dropped = fin.refusals().size();
        if (refused == 0 && dropped == 0) {
            return null;
        }
        return certain(
                FindingName.FIN_RTX_FAILED_LOCALLY,
                Math.max(refused, dropped) + " of " + fin.retransmits().size()
                        + " repeats of our FIN were refused by this host");
    }
}
