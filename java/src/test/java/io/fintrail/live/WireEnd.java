package io.fintrail.live;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the packets at one end prove about a connection. They are those between the end's firewall and the wire: what
 * the end sent has left, what arrived may still be dropped. So "taken" is never concluded from an arrival alone, only
 * from what the end sends afterwards, or from a firewall that dropped nothing at all.
 */
final class WireEnd {
    private final Conversation packets;

    /** Up to the first RST that this end sends: no socket of its own takes anything after that. */
    private final Conversation life;

    private final boolean inputDropped;
    private final @Nullable Segment firstReset;
    private final @Nullable Segment ownFin;

    /** @param inputDropped this end's INPUT firewall took something, as it counted itself */
    WireEnd(Conversation packets, boolean inputDropped) {
        this.packets = packets;
        this.inputDropped = inputDropped;
        int reset = packets.firstSent(Segment::isReset);
        firstReset = reset < 0 ? null : packets.get(reset);
        life = packets.upTo(reset);
        int fin = life.firstSent(Segment::isFin);
        ownFin = fin < 0 ? null : life.get(fin);
    }

    EndFacts facts() {
        return new EndFacts(
                closedFirst(),
                ownFin != null,
                Math.max(0, packets.sent(Segment::isFin).size() - 1),
                finAcknowledged(),
                peerFinTaken() != null,
                peerFinsDropped(),
                resetsSent(),
                resetTaken(),
                lateFinReset(),
                lastState(),
                ended());
    }

    /**
     * A FIN that acknowledges the other was queued after that had been taken. Exact where a FIN leaves as it is queued;
     * one that waits for the peer's window was queued first, which the wire cannot show, but no peer here closes then.
     */
    private String closedFirst() {
        Segment taken = peerFinTaken();
        if (ownFin == null) {
            return taken == null ? "none" : "peer";
        }
        if (taken == null || taken.acknowledges(ownFin.end())) {
            return "local";
        }
        return ownFin.acknowledges(taken.end()) ? "peer" : "simultaneous";
    }

    /** An end whose socket took the first acknowledgement of its FIN has no reason to send that FIN once more. */
    private boolean finAcknowledged() {
        Segment fin = ownFin;
        if (fin == null) {
            return false;
        }
        int first = life.firstArrived(s -> !s.isReset() && s.acknowledges(fin.end()));
        return first >= 0 && !life.sendsAfter(first, Segment::isFin);
    }

    /** Copies of the peer's FIN that came while there may have been a socket: what is answered with a RST met none. */
    private List<Segment> peerFins() {
        return life.arrived(s -> s.isFin() && (firstReset == null || !firstReset.answers(s)));
    }

    /** The first, where nothing is dropped; else the last that had come when this end acknowledged it. */
    private @Nullable Segment peerFinTaken() {
        List<Segment> fins = peerFins();
        if (!inputDropped) {
            return fins.isEmpty() ? null : fins.get(0);
        }
        int told = life.firstSent(s -> fins.stream().anyMatch(f -> s.acknowledges(f.end())));
        return life.lastArrived(told, Segment::isFin);
    }

    /** Those before the last that had come when this end reported it as received, if only behind a hole (SACK). */
    private int peerFinsDropped() {
        List<Segment> fins = peerFins();
        if (!inputDropped) {
            return 0;
        }
        int told = life.firstSent(s -> fins.stream().anyMatch(f -> s.reports(f.end())));
        return told < 0 ? fins.size() : life.upTo(told).arrived(Segment::isFin).size() - 1;
    }

    /** fintrail does not trace what nobody sends in answer to anything but a FIN: it ends no connection of this host. */
    private int resetsSent() {
        Segment firstCause = causeOfFirstReset();
        boolean firstCounts = socketSentReset() || (firstCause != null && firstCause.isFin());
        long others = packets.sent(Segment::isReset).stream()
                .skip(1)
                .map(reset -> packets.lastArrived(packets.size(), reset::answers))
                .filter(cause -> cause != null && cause.isFin())
                .count();
        return (int) others + (firstCounts ? 1 : 0);
    }

    /** An end that sends anything afterwards has not taken it; one that had ended before could not. */
    private boolean resetTaken() {
        for (int i = 0; i < life.size(); i++) {
            boolean isReset = life.isArrived(life.get(i)) && life.get(i).isReset();
            if (isReset && !life.sendsAfter(i, s -> true)) {
                return !bothFinsDone();
            }
        }
        return false;
    }

    private boolean bothFinsDone() {
        return finAcknowledged() && peerFinTaken() != null;
    }

    private boolean lateFinReset() {
        Segment cause = causeOfFirstReset();
        return cause != null && cause.isFin() && cause.payload() == 0 && finAcknowledged();
    }

    private String lastState() {
        return switch (closedFirst()) {
            case "local" -> finAcknowledged() ? "FIN_WAIT2" : "FIN_WAIT1";
            case "peer" -> ownFin == null ? "CLOSE_WAIT" : "LAST_ACK";
            case "simultaneous" -> "CLOSING";
            default -> "ESTABLISHED";
        };
    }

    private String ended() {
        if (resetTaken()) {
            return "RST_RECEIVED";
        }
        if (bothFinsDone()) {
            return "CLEAN";
        }
        if (socketSentReset()) {
            return "RST_SENT";
        }
        return packets.wasUnreachable() ? "ICMP_DEAD" : "TIMEOUT";
    }

    private @Nullable Segment causeOfFirstReset() {
        return firstReset == null ? null : life.lastArrived(life.size(), firstReset::answers);
    }

    /**
     * A RST with an ACK is sent without a cause from outside: by close(), a timer, ss -K. Else it is an answer, and a
     * socket or its minisock answers data that comes after its close, and with TCP_LINGER2 below 0 the acknowledgement
     * of its FIN. Anything else it would have taken without a word, so nobody was there.
     */
    private boolean socketSentReset() {
        Segment cause = causeOfFirstReset();
        if (firstReset == null || cause == null) {
            return firstReset != null && firstReset.isAck();
        }
        boolean ackOfFin = ownFin != null && cause.acknowledges(ownFin.end()) && !cause.isFin();
        return cause.payload() > 0 || ackOfFin;
    }
}
