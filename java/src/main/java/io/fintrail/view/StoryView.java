package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.HistoryFrom;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** One connection's story: who and when, what happened, what is not certain, and the verdict. */
public final class StoryView {
    private static final String INDENT = "  ";

    private final PrintWriter out;
    private final PrintWriter aside;
    private final boolean colour;

    public StoryView(PrintWriter out, PrintWriter aside, boolean colour) {
        this.out = out;
        this.aside = aside;
        this.colour = colour;
    }

    public void show(ConnectionStory told) {
        Recording recording = told.log().recording();
        WallClock clock = new WallClock(recording::wallOffsetNs);
        Legs legs = Legs.of(told);
        StorySpan span = new StorySpan(legs.firstNs());
        long endNs = endNs(told, legs);
        List<Gap> gaps = gaps(recording, legs, endNs);

        new StoryHead(out, clock).print(told, legs);
        out.println();
        timeline(told, legs, span, gaps, endNs);
        List<String> doubts = Doubts.of(told, legs, span, gaps);
        if (!doubts.isEmpty()) {
            out.println();
            out.println("What is not certain:");
            doubts.forEach(doubt -> Columns.print(out, INDENT + "- ", Hostile.shown(doubt)));
        }
        out.println();
        judgement(told, legs, clock, span, endNs);
        out.flush();
    }

    private void timeline(ConnectionStory told, Legs legs, StorySpan span, List<Gap> gaps, long endNs) {
        List<StoryLine> lines = new ArrayList<>();
        for (int leg = 0; leg < legs.logs().size(); leg++) {
            lines.addAll(new LegTeller(legs.logs().get(leg), leg, span).lines());
        }
        Timeline timeline = new Timeline(out, span, legs.marks());
        timeline.print(lines, gaps, endNs);
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

    private void judgement(ConnectionStory told, Legs legs, WallClock clock, StorySpan span, long endNs) {
        Verdict verdict = told.verdict();
        if (verdict == null || !told.verdictHolds()) {
            Columns.print(out, "", StateNow.of(told, span, endNs));
        } else {
            new TextView(out, aside, clock, colour).withoutDoubts(verdict);
        }
        Verdict other = told.otherVerdict();
        if (other != null && legs.isPair()) {
            String mark = Stream.of(0, 1)
                    .filter(leg -> legs.logs().get(leg) == told.otherLeg())
                    .map(legs.marks()::get)
                    .findFirst()
                    .orElse("other");
            Columns.print(
                    out,
                    "",
                    "The " + mark + " leg, socket " + other.story().id() + ": " + other.name() + ". "
                            + Hostile.shown(other.meaning()));
        }
    }
}
