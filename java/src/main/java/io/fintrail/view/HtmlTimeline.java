package io.fintrail.view;

import java.util.List;

/** A story's lines, as report.js makes them of those that are opened. */
final class HtmlTimeline {
    private HtmlTimeline() {}

    static void write(Html to, List<StoryTeller.Row> lines) {
        boolean isPair = lines.stream().anyMatch(line -> !line.mark().isEmpty());
        to.open("ol", "class", isPair ? "timeline pair" : "timeline");
        for (StoryTeller.Row line : lines) {
            String what = line.text().startsWith("... ") ? "quiet" : line.text().startsWith("!!! ") ? "lost" : "";
            to.open("li", "class", what).element("time", line.label());
            if (isPair) {
                to.element("span", line.mark(), "class", "leg " + line.mark());
            }
            to.element("span", line.text(), "class", "says").close();
        }
        to.close();
    }
}
