package io.fintrail.view;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.RetransmitCause;

/** One event as a clause that a person can check against the kernel. */
final class EvidenceText {
    private EvidenceText() {}

    static String of(Evidence evidence) {
        TcpEvent event = evidence.event();
        return switch (event.kind()) {
            case STATE -> state(event);
            case RETRANSMIT -> retransmit(event);
            case RESET_SENT -> "RST sent" + reason(evidence);
            case RESET_RECEIVED -> "tcp_reset() in " + event.newState();
            case DESTROY -> "socket released";
            case ERROR_REPORT -> "application told of errno " + event.error();
            case SEGMENT_FREED -> freed(evidence, event);
            case EOF_READ -> "application read EOF";
            case SOCKET -> look(event);
            case HOLDER ->
                event.comm() + "[" + event.pid() + "] holds it as fd " + event.fd() + ", in " + event.newState();
            case LEG -> LegText.did(event);
            case UNKNOWN -> "an event of a kind unknown to this version";
        };
    }

    private static String retransmit(TcpEvent event) {
        String what = event.segmentHasFin() ? "our FIN" : "data";
        String cause = switch (RetransmitCause.of(event)) {
            case TLP -> "tail-loss probe";
            case RTO -> "retransmission timeout no. " + event.retransmits();
            case RECOVERY -> "recovery";
        };
        return what + " sent again (" + cause + ")"
                + (event.sendError() == 0 ? "" : ", refused by this host (" + event.sendError() + ")");
    }

    private static String state(TcpEvent event) {
        StringBuilder text = new StringBuilder();
        text.append(event.oldState()).append(" -> ").append(event.newState());
        if (event.oldState() == event.newState()) {
            text.append(" (close() after shutdown())");
        }
        if (event.shutdown() != 0) {
            text.append(", shutdown=").append(shutdown(event.shutdown()));
        }
        if (event.newState() == TcpState.CLOSE) {
            text.append(closing(event));
        }
        return text.toString();
    }

    private static String look(TcpEvent event) {
        if (event.is(TcpEventLayout.FLAG_TIME_WAIT)) {
            return "snapshot: a time-wait minisock, " + event.oldState();
        }
        StringBuilder text = new StringBuilder("snapshot: ").append(event.newState());
        if (event.shutdown() != 0) {
            text.append(", shutdown=").append(shutdown(event.shutdown()));
        }
        return text.append(closingNumbers(event)).toString();
    }

    private static String shutdown(int bits) {
        return bits == 3 ? "BOTH" : bits == 2 ? "SEND" : "RECEIVE";
    }

    private static String closing(TcpEvent event) {
        if (!event.hasSocketFacts()) {
            return "";
        }
        return ", errno=" + event.error() + closingNumbers(event);
    }

    private static String closingNumbers(TcpEvent event) {
        return ", peer's FIN " + (event.peerFinAccepted() ? "accepted" : "not seen")
                + ", unacknowledged=" + event.unacknowledged() + ", unsent=" + event.unsent() + ", "
                + (event.orphaned() ? "orphan" : event.hasSocketFile() ? "held" : "not accepted");
    }

    private static String reason(Evidence evidence) {
        return evidence.reason().isEmpty() ? "" : ", reason " + evidence.reason();
    }

    private static String freed(Evidence evidence, TcpEvent event) {
        String what = event.segmentHasRst() ? "RST" : "FIN";
        String whose = event.is(TcpEventLayout.FLAG_OUTGOING) ? "our " : "the peer's ";
        String where = event.is(TcpEventLayout.FLAG_TIME_WAIT) ? " for the time-wait minisock" : "";
        return whose + what + " freed" + where + reason(evidence);
    }
}
