package io.fintrail.view;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;

/** A report as JSON lines: the newest line of each incident, then one with the counts. */
public final class ReportJson {
    private final JsonView lines;
    private final WallClock wall = WallClock.ofWall();

    public ReportJson(PrintWriter out) {
        lines = new JsonView(out, wall);
    }

    public void print(Report report) {
        for (Report.Noticed noticed : report.incidents()) {
            lines.line("incident", to -> IncidentJson.write(to, noticed.incident(), noticed.clock()));
        }
        lines.line("report", to -> {
            covers(to, report.covers());
            Summary summary = report.summary();
            to.writeNumberField("events", summary.events());
            to.writeNumberField("lost", summary.lost());
            to.writeNumberField("evicted", summary.evicted());
            to.writeNumberField("incidents", report.incidents().size());
            to.writeNumberField("connections", summary.connections());
            counts(to, "verdicts", summary.verdicts());
            counts(to, "standing", summary.standing());
            counts(to, "sockets", summary.sockets());
            counts(to, "closedFirst", report.closedFirst());
            gaps(to, report);
        });
    }

    private void covers(JsonGenerator to, Report.Coverage covers) throws IOException {
        to.writeStringField("journal", Hostile.shown(covers.journal()));
        to.writeStringField("host", covers.host().isEmpty() ? null : Hostile.shown(covers.host()));
        to.writeStringField("kernel", covers.kernel().isEmpty() ? null : Hostile.shown(covers.kernel()));
        to.writeStringField("from", covers.toNs() == 0 ? null : wall.rfc3339(covers.fromNs()));
        to.writeStringField("to", covers.toNs() == 0 ? null : wall.rfc3339(covers.toNs()));
        to.writeStringField("filters", covers.filters().isEmpty() ? null : Hostile.shown(covers.filters()));
        to.writeNumberField("stuckAfterNs", covers.stuckAfterNs());
        to.writeNumberField("runs", covers.runs());
        to.writeNumberField("removedBefore", covers.removedBefore());
    }

    private static void counts(JsonGenerator to, String name, Map<?, Long> counts) throws IOException {
        to.writeObjectFieldStart(name);
        for (Map.Entry<?, Long> count : counts.entrySet()) {
            to.writeNumberField(count.getKey().toString(), count.getValue());
        }
        to.writeEndObject();
    }

    private void gaps(JsonGenerator to, Report report) throws IOException {
        to.writeArrayFieldStart("gaps");
        for (Report.Lost gap : report.gaps()) {
            to.writeStartObject();
            to.writeStringField("from", wall.rfc3339(gap.fromNs()));
            to.writeStringField("to", wall.rfc3339(gap.toNs()));
            to.writeNumberField("lost", gap.lost());
            to.writeStringField("cause", gap.cause());
            to.writeEndObject();
        }
        to.writeEndArray();
    }
}
