package io.fintrail.view;

import io.fintrail.event.TcpState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks that saw the same, in one sentence. */
final class LookText {
    private static final int MAX_HOLDERS = 4;

    private LookText() {}

    /** @param until the newest look, as the timeline writes times; empty where there was one alone */
    static String of(LogEntry.Looks looks, String until, boolean atLeast) {
        StringBuilder text = new StringBuilder("snapshot");
        if (looks.count() > 1) {
            text.append("s: looked at ").append(looks.count()).append(atLeast ? " times or more" : " times");
            text.append(" until ").append(until).append(", nothing changed");
        }
        List<String> seen = new ArrayList<>(seen(looks.facts()));
        holders(looks, seen);
        return text.append(": ").append(String.join(", ", seen)).toString();
    }

    private static List<String> seen(@Nullable LookFacts facts) {
        if (facts == null) {
            return List.of();
        }
        if (facts.minisock()) {
            return facts.state() == TcpState.FIN_WAIT2
                    ? List.of("FIN_WAIT2", "a time-wait minisock that waits for the peer's FIN")
                    : List.of(facts.state().toString(), "a time-wait minisock: the peer's FIN has come");
        }
        List<String> seen = new ArrayList<>();
        seen.add(facts.state().toString());
        if (facts.orphaned()) {
            seen.add("an orphan that nobody holds");
        } else if (!facts.hasFile()) {
            seen.add("not accepted yet by any application");
        }
        sending(facts, seen);
        if (facts.peerAhead()) {
            seen.add("the peer seems to have sent its FIN, which has not come");
        }
        if (facts.finBehindHole()) {
            seen.add("the peer's FIN waits behind a hole");
        }
        receiving(facts, seen);
        return seen;
    }

    private static void sending(LookFacts facts, List<String> seen) {
        boolean finQueued = facts.state().awaitsAckOfFin();
        if (facts.unsent() > 0) {
            int bytes = facts.unsent() - (finQueued ? 1 : 0);
            seen.add((finQueued ? bytes > 0 ? bytes + " bytes and our FIN" : "our FIN" : bytes + " bytes") + " not sent"
                    + (facts.windowShut() ? ", the peer's window is shut" : ""));
        } else if (facts.unacknowledged() > 0) {
            int bytes = facts.unacknowledged() - (finQueued ? 1 : 0);
            seen.add((finQueued ? bytes > 0 ? bytes + " bytes and our FIN" : "our FIN" : bytes + " bytes")
                    + " not acknowledged");
        }
    }

    /** The peer's FIN counts as one that is unread, too. */
    private static void receiving(LookFacts facts, List<String> seen) {
        int bytes = facts.unread() - (facts.peerFinAccepted() ? 1 : 0);
        if (facts.peerFinAccepted() && facts.state() == TcpState.CLOSE_WAIT) {
            seen.add(
                    facts.unread() == 0 ? "all data read" : bytes > 0 ? bytes + " bytes and EOF unread" : "EOF unread");
        } else if (bytes > 0) {
            seen.add(bytes + " bytes unread");
        }
    }

    private static void holders(LogEntry.Looks looks, List<String> seen) {
        if (!looks.holders().isEmpty()) {
            int more = looks.holders().size() - MAX_HOLDERS;
            seen.add("held by "
                    + String.join(
                            " and ", looks.holders().stream().limit(MAX_HOLDERS).toList())
                    + (more > 0 ? " and " + more + " more" : ""));
        }
    }
}
