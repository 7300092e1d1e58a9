package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.lifecycle.HistoryFrom;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Certainty;
import io.fintrail.verdict.Finding;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is not certain in a story, and why: one sentence each. */
final class Doubts {
    private static final int MAX_GAPS = 10;

    private Doubts() {}

    static List<String> of(ConnectionStory told, Legs legs, StorySpan span, List<Gap> gaps) {
        List<String> doubts = new ArrayList<>();
        gaps.stream().limit(MAX_GAPS).map(gap -> lost(gap, span)).forEach(doubts::add);
        if (gaps.size() > MAX_GAPS) {
            long facts = gaps.stream().skip(MAX_GAPS).mapToLong(Gap::lost).sum();
            doubts.add((gaps.size() - MAX_GAPS) + " more gaps like that, with " + facts + " facts.");
        }
        for (int leg = 0; leg < legs.logs().size(); leg++) {
            of(legs.logs().get(leg), legs.isPair() ? legs.marks().get(leg) + ": " : "", doubts);
        }
        if (told.removedBefore() > 0 && told.log().story().historyFrom() != HistoryFrom.BIRTH) {
            doubts.add(told.removedBefore()
                    + " older records are not in the journal any more; its birth may be among them.");
        }
        Verdict verdict = told.verdict();
        boolean saysItself = verdict != null && verdict.name() == VerdictName.CLOSE_WAIT_PAIRED;
        if (legs.isPair() && !saysItself) {
            doubts.add("That the two legs are one session is inferred: one thread read EOF on one and at once shut the"
                    + " other.");
        }
        if (verdict != null && told.verdictHolds()) {
            of(verdict, doubts);
        }
        return doubts;
    }

    private static void of(StoryLog log, String mark, List<String> doubts) {
        SocketLifecycle story = log.story();
        if (story.chainBroken()) {
            doubts.add(mark
                    + (story.ending().close() == null && story.destroyedAtNs() == null
                            ? "A transition is missing, or the end was not seen."
                            : "A transition is missing: a state does not follow from the one before."));
        }
        long left = log.entries().stream()
                .filter(entry -> entry instanceof LogEntry.Omitted)
                .mapToLong(entry -> ((LogEntry.Omitted) entry).count())
                .sum();
        if (left > 0) {
            doubts.add(mark + left + " lines in the middle of it were counted and not kept.");
        }
    }

    private static void of(Verdict verdict, List<String> doubts) {
        if (verdict.certainty() != Certainty.CERTAIN) {
            doubts.add("The verdict is " + lower(verdict.certainty()) + "; what would settle it: "
                    + (verdict.missing() == null ? "not known" : verdict.missing()) + ".");
        }
        for (Finding finding : verdict.findings()) {
            if (finding.certainty() != Certainty.CERTAIN) {
                doubts.add("The finding " + finding.name() + " is " + lower(finding.certainty()) + ".");
            }
        }
    }

    private static String lost(Gap gap, StorySpan span) {
        return gap.lost() + (gap.lost() == 1 ? " fact was" : " facts were") + " lost between " + span.at(gap.fromNs())
                + " and " + span.at(gap.toNs()) + " (" + gap.cause() + "), of this connection or of others: "
                + what(gap)
                + " may be missing.";
    }

    /** Which facts may be missing. */
    static String what(Gap gap) {
        return switch (gap.kind()) {
            case UNKNOWN -> "anything";
            case STATE -> "a change of state";
            case RETRANSMIT -> "a segment that was sent again";
            case RESET_SENT -> "a reset of ours";
            case RESET_RECEIVED -> "a reset of the peer's";
            case DESTROY -> "the release of the socket";
            case ERROR_REPORT -> "an error that the application was told";
            case SEGMENT_FREED -> "a dropped FIN, or one that came late,";
            case EOF_READ -> "the application's reading of EOF";
            case SOCKET -> "a look at the socket";
            case HOLDER -> "a holder";
            case LEG -> "what tells the legs of a proxied session";
        };
    }

    private static String lower(Certainty certainty) {
        return certainty.name().toLowerCase(Locale.ROOT);
    }
}
