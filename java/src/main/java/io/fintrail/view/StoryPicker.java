package io.fintrail.view;

import io.fintrail.incident.Incident;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Judge;
import io.fintrail.verdict.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts the chosen stories into words - one for both legs of a proxied session - and finds what is typical. */
final class StoryPicker {
    private final ReportTable table;
    private final ChosenStories chosen;

    StoryPicker(ReportTable table, ChosenStories chosen) {
        this.table = table;
        this.chosen = chosen;
    }

    /** In the order of the rows. */
    List<ReportStory> tell(List<ReportRow> rows, long removedBefore) {
        List<ReportStory> stories = new ArrayList<>();
        Set<ReportTable.Key> told = new HashSet<>();
        for (ReportRow row : rows) {
            ChosenStories.Chosen it = chosen.get(ReportTable.Key.of(row));
            if (it != null && !told.contains(it.key)) {
                ReportStory story = tell(it, removedBefore);
                stories.add(story);
                told.addAll(story.keys());
            }
        }
        return stories;
    }

    private ReportStory tell(ChosenStories.Chosen it, long removedBefore) {
        SocketLifecycle leg = it.log.story().otherLeg();
        if (leg == null) {
            return ReportStory.of(
                    List.of(it.key), new ConnectionStory(it.log, it.verdict, null, null, null, removedBefore));
        }
        ReportTable.Key legKey = new ReportTable.Key(it.key.run(), leg.id());
        ChosenStories.Chosen other = chosen.get(legKey);
        StoryLog otherLog =
                other != null && other.log.story() == leg ? other.log : new StoryLog(leg, it.log.recording());
        Verdict otherVerdict = other != null ? other.verdict : judged(legKey, leg, it.log.recording());
        return ReportStory.of(
                List.of(it.key, legKey),
                new ConnectionStory(it.log, it.verdict, otherLog, otherVerdict, null, removedBefore));
    }

    /** Verdicts on stories that are not followed are not kept; what they were can be judged again. */
    private @Nullable Verdict judged(ReportTable.Key key, SocketLifecycle leg, Recording recording) {
        ReportRow row = table.get(key);
        if (row == null) {
            return null;
        }
        return row.isFinal() ? Judge.judgeFinal(leg, leg.lastEventNs()) : Judge.judgeStanding(leg, recording.endNs());
    }

    /** @param members rows of the connections that are, or were, in the incident */
    static Report.Noticed noticed(
            Incident incident, WallClock clock, List<ReportRow> members, List<ReportStory> stories) {
        List<ReportRow> fronts = members.stream()
                .filter(row -> row.isFrontOf(incident.service()))
                .toList();
        List<ReportRow> shown = fronts.isEmpty() ? members : fronts;
        return new Report.Noticed(
                incident, clock, members.size(), typical(shown, stories), shown.isEmpty() ? null : shown.get(0));
    }

    /** Of those that went alike, and are most, the one in the middle; both legs tell more than one. */
    private static @Nullable ReportStory typical(List<ReportRow> members, List<ReportStory> stories) {
        Set<ReportTable.Key> keys = new HashSet<>();
        members.forEach(row -> keys.add(ReportTable.Key.of(row)));
        List<ReportStory> told = stories.stream()
                .filter(story -> story.keys().stream().anyMatch(keys::contains))
                .toList();
        boolean pairs = told.stream().anyMatch(ReportStory::isPair);
        Map<List<String>, List<ReportStory>> alike = new LinkedHashMap<>();
        for (ReportStory story : told) {
            if (story.isPair() || !pairs) {
                alike.computeIfAbsent(story.shape(), shape -> new ArrayList<>()).add(story);
            }
        }
        List<ReportStory> most = List.of();
        for (List<ReportStory> group : alike.values()) {
            most = group.size() > most.size() ? group : most;
        }
        return most.isEmpty() ? null : most.get(most.size() / 2);
    }
}
