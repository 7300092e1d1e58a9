package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.TcpEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The legs of a story in one order of time, with what was lost, and silence, said. */
final class Timeline {
    private final StorySpan span;
    private final List<String> marks;
    private final Quiet quiet;
    private final List<StoryTeller.Row> rows = new ArrayList<>();
    private boolean saidQuiet;
    private String saidTurn = Turn.NOBODYS;

    Timeline(StorySpan span, List<String> marks) {
        this.span = span;
        this.marks = marks;
        this.quiet = new Quiet(marks);
    }

    /** @param endNs the recording's end where the story is not over then, else the story's own end */
    void tell(List<StoryLine> unordered, List<Gap> gaps, long endNs) {
        List<StoryLine> lines = new ArrayList<>(unordered);
        lines.sort(Comparator.comparingLong(StoryLine::atNs)); // stable: a leg keeps its own order
        List<Gap> lost = new ArrayList<>(gaps);
        long heardNs = lines.isEmpty() ? endNs : lines.get(0).atNs();
        for (int i = 0; i < lines.size(); i++) {
            StoryLine line = lines.get(i);
            if (!line.isLook()) {
                heardNs = Math.max(heardNs, line.lastNs());
                saidQuiet = false;
            }
            sayLost(lost, line.atNs());
            row(span.at(line.atNs()), marks.get(line.leg()), line.text());
            quiet.after(line);
            boolean firstLooksFollow = i + 1 < lines.size() && lines.get(i + 1).isLook() && line.isLook();
            long next = nextHeardNs(lines, i + 1, endNs);
            if (!saidQuiet && !firstLooksFollow && next - heardNs >= Quiet.WORTH_SAYING_NS) {
                row("", "", "... " + quiet.says(next - heardNs, countersAfter(lines, i + 1)));
                saidQuiet = true;
                saidTurn = quiet.turn();
            }
        }
        sayLost(lost, Long.MAX_VALUE);
    }

    /** Says whose turn it is then, unless that was the last thing said. */
    void end(long endNs, String how) {
        String turn = quiet.turn();
        boolean said = turn.isEmpty() || (saidQuiet && turn.equals(saidTurn));
        row(span.at(endNs), "", said ? how : how + "; " + turn);
    }

    private static long nextHeardNs(List<StoryLine> lines, int from, long endNs) {
        for (StoryLine line : lines.subList(from, lines.size())) {
            if (!line.isLook()) {
                return line.atNs();
            }
        }
        return endNs;
    }

    /** Of each leg the counters at its next sign of life, or in the last look before the end. */
    private List<@Nullable TcpEvent> countersAfter(List<StoryLine> lines, int from) {
        List<@Nullable TcpEvent> counters = new ArrayList<>();
        for (int leg = 0; leg < marks.size(); leg++) {
            counters.add(countersAfter(lines, from, leg));
        }
        return counters;
    }

    private static @Nullable TcpEvent countersAfter(List<StoryLine> lines, int from, int leg) {
        TcpEvent newest = null;
        long untilNs = Long.MAX_VALUE;
        for (StoryLine line : lines.subList(from, lines.size())) {
            if (line.atNs() > untilNs) {
                break;
            }
            if (line.leg() == leg && line.facts() != null) {
                newest = line.facts();
                if (!line.isLook()) {
                    break;
                }
            }
            if (!line.isLook() && untilNs == Long.MAX_VALUE) {
                untilNs = line.atNs() + Quiet.WORTH_SAYING_NS; // the other leg's own next event may come right behind
            }
        }
        return newest;
    }

    private void sayLost(List<Gap> lost, long untilNs) {
        while (!lost.isEmpty() && lost.get(0).fromNs() <= untilNs) {
            Gap gap = lost.remove(0);
            row(
                    span.at(gap.fromNs()),
                    "",
                    "!!! " + gap.lost() + (gap.lost() == 1 ? " fact was" : " facts were") + " lost until "
                            + span.at(gap.toNs()) + ": see below");
        }
    }

    /** A row's label is its time, empty where it belongs to the row before. */
    List<StoryTeller.Row> rows() {
        return rows;
    }

    private void row(String time, String mark, String text) {
        rows.add(new StoryTeller.Row(time, mark, Hostile.shown(text)));
    }
}
