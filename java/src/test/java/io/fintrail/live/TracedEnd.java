package io.fintrail.live;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What fintrail's JSON lines say of one end of a connection: its final verdict line, and its event lines. */
final class TracedEnd {
    private static final Pattern TO_CLOSE = Pattern.compile("(\\w+) -> CLOSE(,.*)?");

    /** Where nothing stands, and where a listener does. */
    private static final Pattern SENT_BY_NOBODY = Pattern.compile("reason (NO_SOCKET|TCP_FLAGS)");

    private final JsonNode verdict;
    private final List<JsonNode> events;

    TracedEnd(JsonNode verdict, List<JsonNode> events) {
        this.verdict = verdict;
        this.events = events;
    }

    EndFacts facts() {
        boolean taken = !verdict.at("/peerFin/received").isNull();
        return new EndFacts(
                closedFirst(),
                isSent(),
                finRepeats(),
                !verdict.at("/localFin/acked").isNull(),
                taken,
                verdict.at("/peerFin/dropped").size(),
                (int) events.stream()
                        .filter(e -> e.path("kind").asText().equals("RESET_SENT"))
                        .count(),
                name().equals("RST_RECEIVED"),
                finds("LATE_FIN_RST"),
                lastState(),
                ended());
    }

    String name() {
        return verdict.path("verdict").asText();
    }

    private boolean isSent() {
        return !verdict.at("/localFin/sent").isNull();
    }

    /** A FIN that was queued first and never left is nobody's on the wire. */
    private String closedFirst() {
        String first = verdict.path("closedFirst").asText();
        return first.equals("local") && !isSent() ? "none" : first;
    }

    /** Those that this host refused did not leave. */
    private int finRepeats() {
        return (int) stream(verdict.at("/localFin/retransmits"))
                .filter(r -> r.path("error").asInt() == 0)
                .count();
    }

    private boolean finds(String finding) {
        return stream(verdict.path("findings"))
                .anyMatch(f -> f.path("name").asText().equals(finding));
    }

    private String lastState() {
        String last = "not seen to close";
        for (JsonNode evidence : verdict.path("evidence")) {
            Matcher close = TO_CLOSE.matcher(evidence.path("says").asText());
            last = evidence.path("kind").asText().equals("STATE") && close.matches() ? close.group(1) : last;
        }
        if (isSent()) {
            return last;
        }
        return last.equals("FIN_WAIT1") ? "ESTABLISHED" : last.equals("LAST_ACK") ? "CLOSE_WAIT" : last;
    }

    /** A verdict may name a reset's cause, or that of a silence: here it is which of the two the peer met. */
    private String ended() {
        String how = verdict.at("/ended/how").asText();
        if (how.equals("CLEAN") || how.equals("RST_RECEIVED") || how.equals("ICMP_DEAD")) {
            return how;
        }
        boolean socketSentReset = stream(verdict.path("evidence"))
                .filter(e -> e.path("kind").asText().equals("RESET_SENT"))
                .anyMatch(e -> !SENT_BY_NOBODY.matcher(e.path("says").asText()).find());
        if (socketSentReset) {
            return "RST_SENT";
        }
        return how.equals("FIN_MISSING_ORPHAN") ? "TIMEOUT" : how;
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
