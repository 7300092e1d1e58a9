package io.fintrail.view;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.FreedSegment;
import io.fintrail.lifecycle.RetransmitCause;
import io.fintrail.lifecycle.SocketLifecycle;
import org.jspecify.annotations.Nullable;

/** What is no transition and no look, in plain words. */
final class EventText {
    private EventText() {}

    /** @param peerFinNs when the peer's FIN was seen to arrive, if it was */
    static String of(Evidence evidence, SocketLifecycle story, @Nullable Long peerFinNs) {
        TcpEvent event = evidence.event();
        return switch (event.kind()) {
            case RETRANSMIT -> retransmit(event);
            case RESET_SENT ->
                (event.is(TcpEventLayout.FLAG_HAS_SEGMENT) || event.is(TcpEventLayout.FLAG_TUPLE_FROM_SEGMENT)
                                ? "this host answered a segment with a reset"
                                : "this host sent a reset")
                        + reason(evidence);
            case RESET_RECEIVED ->
                (story.ending().resetForDataAfter() == null
                                ? "a reset arrived from the peer"
                                : "a segment arrived that the closed socket cannot take")
                        + state(event);
            case DESTROY -> "the kernel released the socket";
            case ERROR_REPORT -> "the application is told: " + Errno.name(event.error());
            case SEGMENT_FREED -> freed(evidence, story);
            case EOF_READ ->
                Actor.of(event) + " read EOF"
                        + (peerFinNs == null
                                ? ""
                                : " (" + WallClock.duration(event.ktimeNs() - peerFinNs) + " after the peer's FIN)");
            case LEG -> Actor.of(event) + ": " + LegText.did(event);
            default -> "an event of a kind unknown to this version";
        };
    }

    private static String retransmit(TcpEvent event) {
        String cause = switch (RetransmitCause.of(event)) {
            case TLP -> "tail-loss probe, which proves no loss";
            case RTO -> "retransmission timeout no. " + event.retransmits();
            case RECOVERY -> "recovery";
        };
        return "sent " + (event.segmentHasFin() ? "our FIN" : "data") + " again: " + cause
                + (event.sendError() == 0 ? "" : "; this host refused it: " + Errno.name(event.sendError()))
                + state(event);
    }

    private static String reason(Evidence evidence) {
        return evidence.reason().isEmpty() ? "" : ": " + evidence.reason();
    }

    private static String freed(Evidence evidence, SocketLifecycle story) {
        TcpEvent event = evidence.event();
        String what = event.segmentHasRst() ? "reset" : "FIN";
        boolean loss = FreedSegment.isLoss(evidence.reason());
        if (event.is(TcpEventLayout.FLAG_OUTGOING)) {
            return loss
                    ? "our " + what + " was dropped on this host on its way out" + reason(evidence)
                    : "a copy of our " + what + " was freed" + reason(evidence);
        }
        if (event.newState() == TcpState.LISTEN) {
            return "the peer's " + what + " arrived and met only the listener" + reason(evidence);
        }
        String minisock = event.is(TcpEventLayout.FLAG_TIME_WAIT) ? " for the time-wait minisock" : "";
        if (isAwaitedFin(event, story)) {
            return "the peer's FIN reached this host" + minisock + " and was dropped" + reason(evidence) + state(event);
        }
        if (evidence.reason().equals("NO_SOCKET")) {
            return "the peer's " + what + " arrived and met no socket" + reason(evidence);
        }
        if (!minisock.isEmpty() && !loss) {
            return "the peer's " + what + " arrived" + minisock;
        }
        if (event.segmentHasRst()) {
            return "a reset from the peer was freed" + minisock + reason(evidence) + state(event);
        }
        boolean copy = !loss || story.peerFin().isReceived();
        return (copy
                        ? "a copy of the peer's FIN was freed, which is no loss"
                        : "a FIN that is not the one awaited was freed")
                + minisock
                + reason(evidence)
                + state(event);
    }

    /** Not a copy of one that had been taken before, and not somebody else's segment. */
    static boolean isAwaitedFin(TcpEvent event, SocketLifecycle story) {
        return story.peerFin().drops().stream().anyMatch(drop -> drop.atNs() == event.ktimeNs());
    }

    private static String state(TcpEvent event) {
        return event.newState() == TcpState.NONE ? "" : " [" + event.newState() + "]";
    }
}
