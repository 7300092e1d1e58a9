package io.fintrail.verdict;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.List;
import java.util.stream.Collectors;

/** What a look at the socket, its holders and its namespace adds. */
final class StandingFindings {
    private static final double SECOND_NS = 1e9;

    private StandingFindings() {}

    static void add(List<Finding> findings, SocketLifecycle story) {
        heldAfterClose(findings, story);
        TcpEvent close = story.ending().close();
        TcpEvent look = story.look();
        if (look != null && isLongOrphan(look)) {
            findings.add(certain(
                    FindingName.ORPHAN_FW2_LONG,
                    "an orphan in FIN_WAIT2 kept as a full socket: tcp_fin_timeout or TCP_LINGER2 is over 60 s"));
        }
        if (close != null) {
            return;
        }
        if (story.outlivesItsNamespace()) {
            findings.add(new Finding(
                    FindingName.NETNS_ORPHAN,
                    story.everyProcessIsSeen() ? Certainty.CERTAIN : Certainty.INFERRED,
                    "no process and no mount leads to its network namespace any more: only its own timer ends it"));
        }
        if (story.isShared() && (story.state() == TcpState.CLOSE_WAIT || story.state() == TcpState.FIN_WAIT2)) {
            findings.add(certain(FindingName.SHARED_FD_NOT_CLOSED, shared(story)));
        }
        if (look == null || look.newState() != story.state()) {
            return;
        }
        boolean looksBlocked =
                look.newState().awaitsAckOfFin() && look.shutBothWays() && isHeld(look) && look.lingersSomeTime();
        // close() takes the descriptor away before it waits: with one, shutdown() has shut both ways.
        if (looksBlocked && story.holders().stream().allMatch(holder -> holder.fd() == null)) {
            findings.add(new Finding(
                    FindingName.LINGER_BLOCKED,
                    story.session().findsHolders() ? Certainty.CERTAIN : Certainty.INFERRED,
                    "close() blocks in its thread until the FIN is acknowledged (SO_LINGER)"));
        }
    }

    private static Finding certain(FindingName name, String says) {
        return new Finding(name, Certainty.CERTAIN, says);
    }

    private static boolean isLongOrphan(TcpEvent look) {
        return look.newState() == TcpState.FIN_WAIT2 && look.orphaned();
    }

    private static boolean isHeld(TcpEvent look) {
        return look.hasSocketFile() && !look.orphaned();
    }

    private static String shared(SocketLifecycle story) {
        List<Holder> holders = story.holders();
        return holders.size() + " descriptors lead to it, close() of one leaves it open: "
                + holders.stream()
                        .limit(4)
                        .map(h -> h.comm() + "[" + h.pid() + "]" + (h.fd() == null ? "" : " fd " + h.fd()))
                        .collect(Collectors.joining(", "))
                + (holders.size() > 4 ? ", …" : "");
    }

    private static void heldAfterClose(List<Finding> findings, SocketLifecycle story) {
        Long heldNs = story.heldClosedAtNs();
        if (heldNs == null) {
            return;
        }
        Long releasedNs = story.destroyedAtNs();
        long afterNs = (releasedNs == null ? heldNs : releasedNs) - story.endedAtNs();
        // Between the end and close() lies an instant in any application, and a snapshot may fall into it.
        if (afterNs < story.session().stuckAfterNs()) {
            return;
        }
        double seconds = afterNs / SECOND_NS;
        String atLeast = story.metClosed() ? "at least " : "";
        if (releasedNs != null) {
            findings.add(certain(
                    FindingName.HELD_AFTER_CLOSE,
                    String.format(
                            "the descriptor was closed %s%.1f s after the connection was over", atLeast, seconds)));
        } else if (story.session().looksByDiag() || !story.session().findsHolders()) {
            findings.add(new Finding(
                    FindingName.HELD_AFTER_CLOSE,
                    Certainty.INFERRED,
                    String.format(
                            "the connection is over, and its socket was not released in %.1f s since; who holds it now is not"
                                    + " seen here",
                            seconds)));
        } else {
            findings.add(certain(
                    FindingName.HELD_AFTER_CLOSE,
                    String.format(
                            "the connection is over, and its descriptor still open %s%.1f s later (ss does not show it)",
                            atLeast, seconds)));
        }
    }
}
