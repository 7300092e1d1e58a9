package io.fintrail.view;

import io.fintrail.verdict.Severity;
import io.fintrail.verdict.VerdictName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a report says in every form alike; the host's texts are escaped. */
final class ReportWords {
    private ReportWords() {}

    static String noIncident(Report report) {
        Summary summary = report.summary();
        long problems = problems(summary.verdicts()) + problems(summary.standing());
        long connections = summary.connections();
        String judged = connections + (connections == 1 ? " connection was judged" : " connections were judged");
        return "in this recording: nothing stands in a pile that has one cause. " + judged + ", "
                + (problems == 0 ? "none" : String.valueOf(problems)) + " with a problem of its own.";
    }

    private static long problems(Map<VerdictName, Long> counts) {
        return counts.entrySet().stream()
                .filter(e -> e.getKey().severity() == Severity.PROBLEM)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    static String counts(Map<?, Long> counts) {
        return counts.isEmpty()
                ? "nobody yet"
                : counts.entrySet().stream()
                        .map(e -> e.getKey() + " " + e.getValue())
                        .collect(Collectors.joining(", "));
    }

    /** What is missing, in sentences. */
    static List<String> lost(Report report) {
        Summary summary = report.summary();
        List<String> says = new ArrayList<>();
        says.add(
                summary.lost() == 0
                        ? "nothing: every fact that the kernel told was recorded"
                        : String.format(
                                Locale.ROOT,
                                "%d facts were lost: verdicts that may rest on them say so, and counts may be low",
                                summary.lost()));
        if (report.covers().removedBefore() > 0) {
            says.add(report.covers().removedBefore()
                    + " older records are not in it any more: removed by --keep-age or --keep-size");
        }
        if (summary.evicted() > 0) {
            says.add(summary.evicted() + " connections were given up to keep memory bounded");
        }
        return says;
    }

    /** What the recording covers: what it is called, and what there is to say. */
    static Map<String, String> covers(Report report) {
        Report.Coverage covers = report.covers();
        WallClock wall = WallClock.ofWall();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("journal", Hostile.shown(covers.journal()));
        facts.put("host", orUnknown(covers.host()));
        facts.put("kernel", orUnknown(covers.kernel()));
        facts.put("from", covers.toNs() == 0 ? "not known" : wall.rfc3339(covers.fromNs()));
        facts.put(
                "to",
                covers.toNs() == 0
                        ? "not known"
                        : wall.rfc3339(covers.toNs()) + ", " + WallClock.duration(covers.lastedNs()) + " later");
        facts.put("times of day", "are those of " + WallClock.zone());
        facts.put("runs", covers.runs() + (covers.runs() == 1 ? " start of the recorder" : " starts of the recorder"));
        facts.put("filters", covers.filters().isEmpty() ? "no port, no namespace" : Hostile.shown(covers.filters()));
        facts.put("stuck after", WallClock.duration(covers.stuckAfterNs()) + " half-closed");
        facts.put(
                "read",
                report.summary().events() + " events of " + report.summary().connections() + " judged connections");
        return facts;
    }

    private static String orUnknown(String text) {
        return text.isEmpty() ? "not known" : Hostile.shown(text);
    }
}
