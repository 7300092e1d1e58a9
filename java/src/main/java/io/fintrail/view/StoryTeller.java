package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.HistoryFrom;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One connection's story in words, for whoever lays it out. What the host supplied is escaped. */
final class StoryTeller {
    /** A line: {@code label} is what it is about, or its time; {@code mark} the leg, empty where there is but one. */
    record Row(String label, String mark, String text) {}

    private final ConnectionStory told;
    private final boolean asked;
    private final Legs legs;
    private final WallClock clock;
    private final StorySpan span;
    private final long endNs;
    private final List<Gap> gaps;

    /** @param asked whether somebody asked for this leg of two */
    StoryTeller(ConnectionStory told, boolean asked) {
        this.told = told;
        this.asked = asked;
        Recording recording = told.log().recording();
        legs = Legs.of(told);
        clock = new WallClock(recording::wallOffsetNs);
        span = new StorySpan(legs.firstNs());
        endNs = endNs(told, legs);
        gaps = gaps(recording, legs, endNs);
    }

    WallClock clock() {
        return clock;
    }

    /** Who, when, and from where on it is known. */
    List<Row> head() {
        return StoryHead.of(told, legs, clock, asked);
    }

    /** The legs that lines are marked with, one empty mark for a connection alone. */
    List<String> marks() {
        return legs.marks();
    }

    List<Row> timeline() {
        List<StoryLine> lines = new ArrayList<>();
        for (int leg = 0; leg < legs.logs().size(); leg++) {
            lines.addAll(new LegTeller(legs.logs().get(leg), leg, span).lines());
        }
        Timeline timeline = new Timeline(span, legs.marks());
        timeline.tell(lines, gaps, endNs);
        List<String> standing = new ArrayList<>();
        for (int leg = 0; leg < legs.logs().size(); leg++) {
            if (!told.isOver(legs.logs().get(leg))) {
                standing.add((legs.isPair() ? legs.marks().get(leg) + " " : "")
                        + standing(legs.logs().get(leg).story(), endNs));
            }
        }
        if (!standing.isEmpty()) {
            timeline.end(endNs, "the journal ends: " + String.join(", ", standing));
        }
        return timeline.rows();
    }

    List<String> doubts() {
        return Doubts.of(told, legs, span, gaps).stream().map(Hostile::shown).toList();
    }

    /** The verdict that is to be told; null where none holds. */
    @Nullable
    Verdict verdict() {
        return told.verdictHolds() ? told.verdict() : null;
    }

    /** What to say where no verdict holds. */
    String withoutVerdict() {
        return StateNow.of(told, span, endNs);
    }

    /** What was judged of the other leg, in a sentence; empty where there is none. */
    String otherLeg() {
        Verdict other = told.otherVerdict();
        if (other == null || !legs.isPair()) {
            return "";
        }
        String mark = Stream.of(0, 1)
                .filter(leg -> legs.logs().get(leg) == told.otherLeg())
                .map(legs.marks()::get)
                .findFirst()
                .orElse("other");
        return "The " + mark + " leg, socket " + other.story().id() + ": " + other.name() + ". "
                + Hostile.shown(other.meaning());
    }

    private static String standing(SocketLifecycle story, long endNs) {
        if (story.state() == TcpState.NONE) {
            return "in a state that is not known";
        }
        return story.state() + " for " + (story.sinceIsAtLeast() ? "at least " : "")
                + WallClock.duration(Math.max(0, endNs - story.sinceNs()));
    }

    /** When the recording ends where a leg is not over by then, else when the last was heard of any. */
    static long endNs(ConnectionStory told, Legs legs) {
        long endNs = 0;
        for (StoryLog log : legs.logs()) {
            SocketLifecycle story = log.story();
            long legEndNs = !told.isOver(log)
                    ? log.recording().endNs()
                    : story.ending().minisockExpired()
                            ? Math.max(story.minisockEndNs(), story.lastEventNs())
                            : story.lastEventNs();
            endNs = Math.max(endNs, legEndNs);
        }
        return endNs;
    }

    /** Before the first thing that is known of it, too, where its birth is not: that may have been lost. */
    private static List<Gap> gaps(Recording recording, Legs legs, long endNs) {
        boolean known = legs.logs().stream().allMatch(log -> log.story().historyFrom() == HistoryFrom.BIRTH);
        long fromNs = known ? legs.firstNs() : Math.min(recording.beganNs(), legs.firstNs());
        return recording.gaps(fromNs, endNs).stream()
                .sorted(Comparator.comparingLong(Gap::fromNs))
                .toList();
    }
}
