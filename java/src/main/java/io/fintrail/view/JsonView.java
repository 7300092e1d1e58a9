package io.fintrail.view;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpState;
import io.fintrail.incident.Incident;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;

/** JSON lines for programs: one object a line, {@code "v":1} in each, unknown is null and never left out. */
public final class JsonView implements View {
    private final PrintWriter out;
    private final WallClock clock;
    private final VerdictJson verdicts;
    private final JsonFactory json = new JsonFactory();
    private final LookLimits limits = new LookLimits();

    public JsonView(PrintWriter out, WallClock clock) {
        this.out = out;
        this.clock = clock;
        this.verdicts = new VerdictJson(clock);
    }

    /** Writes the fields of one line. */
    interface Fields {
        void write(JsonGenerator to) throws IOException;
    }

    void line(String type, Fields fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator to = json.createGenerator(text)) {
            to.writeStartObject();
            to.writeNumberField("v", 1);
            to.writeStringField("type", type);
            fields.write(to);
            to.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.println(text);
        out.flush();
    }

    @Override
    public void onSession(Session session) {
        String unknown = limits.of(session);
        if (!unknown.isEmpty()) {
            line("limits", to -> to.writeStringField("what", unknown));
        }
    }

    @Override
    public void onReady(String what) {
        line("ready", to -> to.writeStringField("what", what));
    }

    @Override
    public void onVerdict(Verdict verdict) {
        line("verdict", to -> verdicts.write(to, verdict));
    }

    @Override
    public void onIncident(Incident incident) {
        line("incident", to -> IncidentJson.write(to, incident, clock));
    }

    @Override
    public void onEvent(Evidence evidence) {
        TcpEvent event = evidence.event();
        line("event", to -> {
            to.writeStringField("at", clock.rfc3339(event.ktimeNs()));
            to.writeNumberField("ktimeNs", event.ktimeNs());
            to.writeNumberField("index", evidence.index());
            to.writeStringField("kind", event.kind().name());
            to.writeFieldName("cookie");
            to.writeNumber(Long.toUnsignedString(event.cookie()));
            to.writeNumberField("netns", event.netns());
            to.writeStringField("local", event.local().toString());
            to.writeStringField("remote", event.remote().toString());
            to.writeStringField("says", Hostile.shown(EvidenceText.of(evidence)));
        });
    }

    @Override
    public void onGap(Gap gap) {
        line("gap", to -> {
            to.writeStringField("from", clock.rfc3339(gap.fromNs()));
            to.writeStringField("to", clock.rfc3339(gap.toNs()));
            to.writeNumberField("lost", gap.lost());
            to.writeStringField("kind", gap.kind().name());
            to.writeStringField("cause", Hostile.shown(gap.cause()));
        });
    }

    @Override
    public void onClockStep(long ktimeNs, long byNs) {
        line("clock-step", to -> {
            to.writeStringField("at", clock.rfc3339(ktimeNs));
            to.writeNumberField("ktimeNs", ktimeNs);
            to.writeNumberField("byNs", byNs);
        });
    }

    @Override
    public void onSummary(Summary summary) {
        line("summary", to -> {
            to.writeNumberField("events", summary.events());
            to.writeNumberField("lost", summary.lost());
            to.writeNumberField("evicted", summary.evicted());
            to.writeNumberField("tracked", summary.tracked());
            to.writeNumberField("connections", summary.connections());
            counts(to, "verdicts", summary.verdicts());
            counts(to, "standing", summary.standing());
            to.writeObjectFieldStart("sockets");
            for (Map.Entry<TcpState, Long> count : summary.sockets().entrySet()) {
                to.writeNumberField(count.getKey().name(), count.getValue());
            }
            to.writeEndObject();
            if (!summary.costs().isEmpty()) {
                costs(to, summary);
            }
        });
    }

    private static void costs(JsonGenerator to, Summary summary) throws IOException {
        to.writeArrayFieldStart("kernelCost");
        for (Summary.Cost cost : summary.costs()) {
            to.writeStartObject();
            to.writeStringField("program", cost.program());
            to.writeNumberField("runs", cost.runs());
            to.writeNumberField("ns", cost.ns());
            to.writeEndObject();
        }
        to.writeEndArray();
    }

    private static void counts(JsonGenerator to, String name, Map<VerdictName, Long> counts) throws IOException {
        to.writeObjectFieldStart(name);
        for (Map.Entry<VerdictName, Long> count : counts.entrySet()) {
            to.writeNumberField(count.getKey().name(), count.getValue());
        }
        to.writeEndObject();
    }
}
