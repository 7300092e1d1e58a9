package io.fintrail.view;

import io.fintrail.incident.Incident;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a recording tells in all, ready to be written in whatever form. Bounded, whatever the recording's length.
 *
 * @param covers what was recorded
 * @param incidents the newest word on each, those that stand first
 * @param closedFirst how many of all connections that were judged were closed first by whom
 * @param gaps the first of what was lost; {@code summary.lost} has it all
 * @param rows the connections that there is room for, what is worth most first
 * @param stories told whole: the typical and the oldest of each kind, as many as there is room for
 */
public record Report(
        Coverage covers,
        Summary summary,
        List<Noticed> incidents,
        Map<String, Long> closedFirst,
        List<Lost> gaps,
        List<StateSamples.Sample> samples,
        List<ReportRow> rows,
        List<ReportStory> stories) {

    /**
     * What was recorded, where and when. Times are of the wall clock, ns since 1970; texts are the host's own.
     *
     * @param journal as the user names it
     * @param runs how many times a recorder was started
     * @param filters in words, empty where nothing was filtered
     * @param removedBefore records that are not in it any more
     */
    public record Coverage(
            String journal,
            String host,
            String kernel,
            String filters,
            long stuckAfterNs,
            long fromNs,
            long toNs,
            int runs,
            long removedBefore) {
        long lastedNs() {
            return Math.max(0, toNs - fromNs);
        }
    }

    /** For as long a growth that was told is true. */
    private static final long FRESH_NS = 5_000_000_000L;

    /** An incident, the clock of the run in which it was, and which story shows what is typical of it. */
    public record Noticed(
            Incident incident,
            WallClock clock,
            int members,
            @Nullable ReportStory typical,
            @Nullable ReportRow oldest) {
        boolean isOver() {
            return incident.isEnded();
        }

        /** How long the oldest has stood: by the recording's end where it stands then, else when it was over. */
        long oldestForNs(Coverage covers) {
            long untilNs = isOver() ? clock.wallNs(incident.atNs()) : covers.toNs();
            return Math.max(0, untilNs - clock.wallNs(incident.oldestNs()));
        }

        /** It was told of so shortly before the recording's end that its growth then is its growth now. */
        boolean isFresh(Coverage covers) {
            return !isOver() && covers.toNs() - clock.wallNs(incident.atNs()) < FRESH_NS;
        }
    }

    /** Facts that were lost between two moments of the wall clock. */
    public record Lost(long fromNs, long toNs, long lost, String what, String cause) {}

    /** How many connections there is no row for. */
    long rowsLeftOut() {
        return Math.max(0, summary.connections() - rows.size());
    }

    /** How many of those that have a row have a story. */
    long told() {
        return stories.stream().mapToLong(story -> story.keys().size()).sum();
    }
}
