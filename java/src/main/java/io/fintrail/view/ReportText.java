package io.fintrail.view;

import io.fintrail.verdict.VerdictName;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** A report for a terminal or a ticket, at most 100 columns: what is wrong first, then what it rests on. */
public final class ReportText {
    private static final String INDENT = "  ";
    private static final int LABEL_WIDTH = 15;
    private static final int MOST_GAPS = 10;

    private final PrintWriter out;
    private final WallClock wall = WallClock.ofWall();

    public ReportText(PrintWriter out) {
        this.out = out;
    }

    public void print(Report report) {
        if (report.incidents().isEmpty()) {
            Columns.print(out, "NO INCIDENT  ", ReportWords.noIncident(report));
            out.println();
        }
        for (Report.Noticed noticed : report.incidents()) {
            incident(report, noticed);
            out.println();
        }
        verdicts(report);
        out.println();
        lost(report);
        out.println();
        covers(report);
        out.flush();
    }

    private void incident(Report report, Report.Noticed noticed) {
        new IncidentText(out, noticed.clock()).print(noticed.incident());
        if (!noticed.isOver()) {
            row(
                    "at the end",
                    "it stands; the oldest for "
                            + (noticed.incident().oldestIsAtLeast() ? "at least " : "")
                            + WallClock.duration(noticed.oldestForNs(report.covers())));
        }
        ReportRow oldest = noticed.oldest();
        if (oldest != null) {
            row(
                    "its oldest",
                    oldest.local() + " > " + oldest.remote() + ": `fintrail explain "
                            + Hostile.shown(report.covers().journal()) + " " + oldest.id() + "`");
        }
    }

    private void verdicts(Report report) {
        out.println("Verdicts (stands: half-closed when the recording ends)");
        Summary summary = report.summary();
        TreeSet<VerdictName> names = new TreeSet<>(
                Comparator.comparing(VerdictName::severity).reversed().thenComparing(Comparator.naturalOrder()));
        names.addAll(summary.verdicts().keySet());
        names.addAll(summary.standing().keySet());
        if (names.isEmpty()) {
            out.println(INDENT + "none: no connection was closed, and none stands half-closed");
            return;
        }
        out.printf(Locale.ROOT, "  %9s %9s%n", "closed", "stands");
        for (VerdictName name : names) {
            out.printf(
                    Locale.ROOT,
                    "  %9d %9d  %-8s %s%n",
                    summary.verdicts().getOrDefault(name, 0L),
                    summary.standing().getOrDefault(name, 0L),
                    name.severity().name().toLowerCase(Locale.ROOT),
                    name);
        }
        out.println();
        row("closed first", ReportWords.counts(report.closedFirst()));
        if (!summary.sockets().isEmpty()) {
            row("last snapshot", ReportWords.counts(summary.sockets()));
        }
    }

    private void lost(Report report) {
        out.println("Lost");
        List<String> lost = ReportWords.lost(report);
        lost.forEach(says -> Columns.print(out, INDENT, says));
        for (Report.Lost gap : report.gaps().stream().limit(MOST_GAPS).toList()) {
            Columns.print(
                    out,
                    INDENT + wall.ofDay(gap.fromNs()) + " to " + wall.ofDay(gap.toNs()) + "  ",
                    gap.lost() + " (" + gap.cause() + "): " + gap.what() + " may be missing");
        }
        if (report.gaps().size() > MOST_GAPS) {
            out.println(INDENT + "and more gaps after that");
        }
    }

    private void covers(Report report) {
        out.println("What was recorded");
        for (Map.Entry<String, String> fact : ReportWords.covers(report).entrySet()) {
            row(fact.getKey(), fact.getValue());
        }
    }

    private void row(String label, String says) {
        Columns.print(out, INDENT + label + " ".repeat(Math.max(1, LABEL_WIDTH - label.length())), says);
    }
}
