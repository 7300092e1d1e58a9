package io.fintrail.view;

import io.fintrail.verdict.VerdictName;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * A report as one HTML file that loads nothing: its policy lets only its own style and its own script run. The text is
 * there without the script, too; that makes the table of connections, out of the data beside it.
 */
public final class ReportHtml {
    /** The rest is counted. */
    private static final int MOST_INCIDENTS = 50;

    private final Report report;
    private final WallClock wall = WallClock.ofWall();

    private ReportHtml(Report report) {
        this.report = report;
    }

    /** Writes the whole file, UTF-8 text. */
    public static void write(Report report, Writer to) throws IOException {
        new ReportHtml(report).write(to);
        to.flush();
    }

    private void write(Writer to) throws IOException {
        String style = resource("report.css");
        String script = resource("report.js");
        for (String part : resource("report.html").split("\\{\\{")) {
            int end = part.indexOf("}}");
            if (end < 0) {
                to.write(part);
                continue;
            }
            switch (part.substring(0, end)) {
                case "policy" -> to.write(policy(style, script));
                case "title" -> to.write(Html.escaped(title()));
                case "style" -> to.write(style);
                case "covers" -> to.write(Html.escaped(covers()));
                case "incidents" -> to.write(incidents());
                case "chart" -> to.write(chart());
                case "verdicts" -> to.write(verdicts());
                case "rows" -> to.write(Html.escaped(rows()));
                case "recorded" -> to.write(recorded());
                case "zone" -> to.write(Html.escaped(WallClock.zone()));
                case "data" -> ReportData.write(report, to);
                case "script" -> to.write(script);
                default -> throw new IllegalStateException("report.html asks for " + part.substring(0, end));
            }
            to.write(part.substring(end + 2));
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = ReportHtml.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks io/fintrail/view/" + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Nothing is loaded, sent, framed or run but what this file has, by its hash. */
    private static String policy(String style, String script) {
        return "default-src 'none'; script-src '" + hash(script) + "'; style-src '" + hash(style)
                + "'; img-src 'none'; base-uri 'none'; form-action 'none'";
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JRE has it
        }
    }

    private String title() {
        String host = report.covers().host();
        String where = host.isEmpty() ? "a recording" : host;
        int stands = (int)
                report.incidents().stream().filter(noticed -> !noticed.isOver()).count();
        int all = report.incidents().size();
        if (all == 0) {
            return where + ": no incident";
        }
        return where + ": " + all + (all == 1 ? " incident" : " incidents")
                + (stands < all ? ", " + stands + " standing" : "");
    }

    private String covers() {
        Report.Coverage covers = report.covers();
        if (covers.toNs() == 0) {
            return "An empty recording.";
        }
        return "Recorded from " + wall.rfc3339(covers.fromNs()).substring(0, 19) + "Z on, for "
                + WallClock.duration(covers.lastedNs())
                + (covers.kernel().isEmpty() ? "" : ", on kernel " + covers.kernel())
                + ". " + report.summary().events() + " events, "
                + report.summary().lost() + " lost.";
    }

    private String incidents() {
        Html to = new Html();
        if (report.incidents().isEmpty()) {
            to.open("section", "class", "calm").element("h2", "No incident");
            to.element("p", "No incident " + ReportWords.noIncident(report), "class", "lead")
                    .close();
        }
        report.incidents().stream()
                .limit(MOST_INCIDENTS)
                .forEach(noticed -> new HtmlIncident(to, noticed, report.covers()).write());
        int more = report.incidents().size() - MOST_INCIDENTS;
        if (more > 0) {
            to.element("p", "And " + more + " more, each smaller or over: `fintrail report` as text names all.");
        }
        return to.toString();
    }

    private String chart() {
        Html to = new Html();
        new HtmlChart(to, report.samples()).write();
        return to.toString();
    }

    private String verdicts() {
        Html to = new Html();
        Summary summary = report.summary();
        TreeSet<VerdictName> names = new TreeSet<>(
                Comparator.comparing(VerdictName::severity).reversed().thenComparing(Comparator.naturalOrder()));
        names.addAll(summary.verdicts().keySet());
        names.addAll(summary.standing().keySet());
        to.open("section", "aria-labelledby", "verdicts-title");
        to.element("h2", "Verdicts", "id", "verdicts-title");
        to.element("p", "One for each connection that was closed, or stands half-closed when the recording ends.");
        to.open("table", "class", "plain").open("thead").open("tr");
        to.element("th", "Verdict", "scope", "col").element("th", "Closed", "scope", "col", "class", "number");
        to.element("th", "Stands", "scope", "col", "class", "number");
        to.element("th", "What it means", "scope", "col", "class", "wide")
                .close()
                .close()
                .open("tbody");
        for (VerdictName name : names) {
            to.open("tr").open("th", "scope", "row");
            String severity = name.severity().name().toLowerCase(Locale.ROOT);
            to.element("span", name.name(), "class", "badge " + severity).close();
            to.element("td", count(summary.verdicts(), name), "class", "number");
            to.element("td", count(summary.standing(), name), "class", "number");
            to.open("td", "class", "wide").prose(name.meaning()).close().close();
        }
        to.close().close();
        to.element("h3", "Who closed first, of all of them");
        HtmlBars.write(to, report.closedFirst());
        return to.close().toString();
    }

    private static String count(Map<VerdictName, Long> counts, VerdictName name) {
        return String.valueOf(counts.getOrDefault(name, 0L));
    }

    private String rows() {
        long left = report.rowsLeftOut();
        return report.rows().size() + " connections that were judged"
                + (left == 0 ? "" : ", of " + report.summary().connections() + ": problems before what went well")
                + ". A connection opens to its timeline.";
    }

    private String recorded() {
        Html to = new Html();
        to.open("section", "aria-labelledby", "recorded-title");
        to.element("h2", "What was recorded", "id", "recorded-title").open("dl");
        ReportWords.covers(report)
                .forEach((name, says) -> to.element("dt", name).element("dd", says));
        to.close().element("h3", "What was lost").open("ul");
        ReportWords.lost(report).forEach(says -> to.element("li", says));
        for (Report.Lost gap : report.gaps()) {
            to.element(
                    "li",
                    wall.ofDay(gap.fromNs()) + " to " + wall.ofDay(gap.toNs()) + ": " + gap.lost() + " (" + gap.cause()
                            + "), " + gap.what() + " may be missing");
        }
        return to.close().close().toString();
    }
}
