package io.fintrail.view;

import io.fintrail.verdict.Verdict;
import java.util.ArrayList;
import java.util.List;

/**
 * One connection's story, or that of a proxied session's two legs, in words; the host's texts are escaped.
 *
 * @param keys the connections that it is of: one or two
 * @param verdict its name and how sure it is; empty where none holds
 * @param says what the verdict means, what ends it, what helps
 */
record ReportStory(
        List<ReportTable.Key> keys,
        List<StoryTeller.Row> head,
        List<StoryTeller.Row> timeline,
        List<String> doubts,
        String verdict,
        List<String> says) {

    static ReportStory of(List<ReportTable.Key> keys, ConnectionStory told) {
        StoryTeller teller = new StoryTeller(told, false);
        Verdict verdict = teller.verdict();
        List<String> says = new ArrayList<>();
        if (verdict == null) {
            says.add(teller.withoutVerdict());
        } else {
            TextView.undoubted(verdict).forEach(sentence -> says.add(Hostile.shown(sentence)));
        }
        if (!teller.otherLeg().isEmpty()) {
            says.add(teller.otherLeg());
        }
        return new ReportStory(
                keys,
                teller.head(),
                teller.timeline(),
                teller.doubts(),
                verdict == null ? "" : verdict.name() + TextView.sureness(verdict),
                says);
    }

    boolean isPair() {
        return keys.size() > 1;
    }

    /** The same for stories that went alike: without the numbers. */
    List<String> shape() {
        return timeline.stream()
                .map(row ->
                        row.mark() + row.text().replaceAll("\\([^)]*\\)", "").replaceAll("[0-9.]+ ?(us|ms|s|min)?", ""))
                .toList();
    }
}
