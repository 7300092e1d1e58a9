package io.fintrail.view;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** What the doctor found, a line for each check; {@code cure} is empty where nothing is wrong. */
public final class CheckView {
    /** One check: {@code status} is ok, missing or fail. */
    public record Line(String name, String status, String says, String cure) {}

    private final PrintWriter out;
    private final boolean json;

    public CheckView(PrintWriter out, boolean json) {
        this.out = out;
        this.json = json;
    }

    public void show(List<Line> lines) {
        for (Line line : lines) {
            if (json) {
                out.println(asJson(line));
            } else {
                print(line);
            }
        }
        out.flush();
    }

    private void print(Line line) {
        String head = String.format("%-8s %-12s ", line.status(), line.name());
        Columns.print(out, head, Hostile.shown(line.says()));
        if (!line.cure().isEmpty()) {
            Columns.print(out, " ".repeat(head.length()), "cure: " + line.cure());
        }
    }

    private static String asJson(Line line) {
        StringWriter text = new StringWriter();
        try (JsonGenerator to = new JsonFactory().createGenerator(text)) {
            to.writeStartObject();
            to.writeNumberField("v", 1);
            to.writeStringField("type", "check");
            to.writeStringField("name", line.name());
            to.writeStringField("status", line.status());
            to.writeStringField("says", line.says());
            to.writeStringField("cure", line.cure().isEmpty() ? null : line.cure());
            to.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
