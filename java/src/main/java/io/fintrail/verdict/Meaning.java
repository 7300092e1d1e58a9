package io.fintrail.verdict;

import io.fintrail.event.TcpEvent;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.LocalFin;
import io.fintrail.lifecycle.PeerFin;
import io.fintrail.lifecycle.RetransmitCause;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.lifecycle.ThreadActivity;
import java.util.Objects;

/** The one sentence, or two, that a tired person reads: what the verdict means for this very connection. */
final class Meaning {
    private Meaning() {}

    static String of(VerdictName name, SocketLifecycle story) {
        if (name == VerdictName.FIN_MISSING_ORPHAN && story.finMetNoMinisock()) {
            return "We closed; the peer's FIN came in time, but this host kept no time-wait minisock for it and answered"
                    + " with a reset.";
        }
        return switch (name) {
            case FIN_UNACKED_ORPHAN_TIMEOUT,
                    FIN_UNACKED_HELD_TIMEOUT,
                    FIN_UNACKED_USER_TIMEOUT,
                    DATA_AND_FIN_UNACKED_TIMEOUT,
                    FIN_RETRANSMITTING -> name.meaning() + repeats(story);
            case FIN_DROPPED_HERE -> name.meaning() + drops(story.peerFin());
            case FIN_UNSENT_LOCAL_EGRESS -> name.meaning() + refusals(story.localFin());
            case FIN_MISSING_HELD, FIN_MISSING_ORPHAN -> name.meaning() + sentButLost(story.peerFin());
            case CLOSE_WAIT_EOF_UNREAD, CLOSE_WAIT_EOF_MAYBE_READ, CLOSE_WAIT_PAIRED -> name.meaning() + holder(story);
            case RST_BY_US_UNREAD -> name.meaning() + holder(story);
            default -> name.meaning();
        };
    }

    private static String repeats(SocketLifecycle story) {
        LocalFin fin = story.localFin();
        TcpEvent look = story.look();
        if (fin.retransmits().isEmpty() && look != null && look.retransmits() > 0) {
            return " The socket counts " + look.retransmits() + " repeats by timeout.";
        }
        if (fin.retransmits().isEmpty()) {
            return " No repeat of the FIN was seen.";
        }
        long probes = fin.retransmits().stream()
                .filter(r -> r.cause() == RetransmitCause.TLP)
                .count();
        return " Repeated " + fin.retransmits().size() + " times, " + probes + " of them "
                + (probes == 1 ? "a tail-loss probe." : "tail-loss probes.");
    }

    private static String drops(PeerFin fin) {
        return " " + fin.dropCount() + " dropped, reason " + fin.drops().get(0).reason() + ".";
    }

    private static String refusals(LocalFin fin) {
        if (fin.refusals().isEmpty()) {
            return "";
        }
        return " " + fin.refusalCount() + " dropped, reason "
                + fin.refusals().get(0).reason() + ".";
    }

    private static String sentButLost(PeerFin fin) {
        return Objects.equals(fin.sentButLost(), true)
                ? " It seems to have sent one that was lost: an acknowledgement numbered past it arrived."
                : "";
    }

    /** Who has to close it, and whether it can: frozen, blocked, or alive and not closing. */
    private static String holder(SocketLifecycle story) {
        Holder holder = story.holder();
        if (holder == null) {
            return "";
        }
        String who = (story.ending().close() == null ? " Held by pid " : " Held last by pid ") + holder.pid() + " ("
                + holder.comm() + ")";
        ThreadActivity threads = story.threads(holder.pid());
        if (threads == null) {
            return who + ".";
        }
        return who
                + switch (threads.kind()) {
                    case FROZEN -> ", which is frozen: none of its threads can run.";
                    case BLOCKED ->
                        ", none of whose threads ran in " + threads.spanNs() / 1_000_000 + " ms, nor waits for input.";
                    case ALIVE -> ", which is alive.";
                };
    }
}
