package io.fintrail.view;

import io.fintrail.verdict.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One connection's story, or that of a proxied session's two legs, in words; the host's texts are escaped.
 *
 * @param keys the connections that it is of: one or two
 * @param verdict its name and how sure it is; empty where none holds
 * @param says what the verdict means, what ends it, what helps
 * @param shape its timeline without the numbers: the same for stories that went alike
 */
record ReportStory(
        List<ReportTable.Key> keys,
        List<StoryTeller.Row> head,
        List<StoryTeller.Row> timeline,
        List<String> doubts,
        String verdict,
        List<String> says,
        List<String> shape) {

    private static final Pattern IN_BRACKETS = Pattern.compile("\\([^)]*\\)");
    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+ ?(us|ms|s|min)?");

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
        List<StoryTeller.Row> timeline = teller.timeline();
        return new ReportStory(
                keys,
                teller.head(),
                timeline,
                teller.doubts(),
                verdict == null ? "" : verdict.name() + TextView.sureness(verdict),
                says,
                timeline.stream().map(ReportStory::withoutNumbers).toList());
    }

    boolean isPair() {
        return keys.size() > 1;
    }

    private static String withoutNumbers(StoryTeller.Row row) {
        return row.mark()
                + NUMBERS.matcher(IN_BRACKETS.matcher(row.text()).replaceAll(""))
                        .replaceAll("");
    }
}
