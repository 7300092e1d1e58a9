package io.fintrail.view;

import io.fintrail.incident.Incident;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;

/** One incident for a terminal, at most 100 columns: what is wrong, the numbers it rests on, what to do. */
final class IncidentText {
    private static final String INDENT = "  ";
    private static final int LABEL_WIDTH = 15;

    private final PrintWriter out;
    private final WallClock clock;

    IncidentText(PrintWriter out, WallClock clock) {
        this.out = out;
        this.clock = clock;
    }

    void print(Incident incident) {
        String head = Stream.of(
                        "INCIDENT " + IncidentFacts.changed(incident),
                        incident.kind().name(),
                        IncidentFacts.whose(incident),
                        clock.ofDay(incident.atNs()))
                .filter(part -> !part.isEmpty())
                .reduce((one, other) -> one + "  " + other)
                .orElseThrow();
        Columns.print(out, "", head);
        Columns.print(out, INDENT, Hostile.shown(incident.headline()));
        out.println();
        IncidentFacts.of(incident, clock).forEach(row -> row(row.label(), row.says()));
        doNow(incident.doNow());
        each("prevent", incident.prevent());
        each("not a cure", incident.notACure());
        each("cannot know", incident.cannotKnowFromHere());
        out.flush();
    }

    /** A command on a line of its own, however long: broken, it could not be pasted. */
    private void doNow(List<Incident.Relief> reliefs) {
        for (int i = 0; i < reliefs.size(); i++) {
            String label = i == 0 ? "do now" : "";
            String what = Hostile.shown(reliefs.get(i).what());
            String frees = "(frees " + reliefs.get(i).frees() + ")";
            if (INDENT.length() + LABEL_WIDTH + what.length() + 1 + frees.length() <= Columns.WIDTH) {
                row(label, what + " " + frees);
            } else {
                row(label, frees);
                out.println(INDENT + INDENT + what);
            }
        }
    }

    private void each(String label, List<String> says) {
        for (int i = 0; i < says.size(); i++) {
            row(i == 0 ? label : "", says.get(i));
        }
    }

    private void row(String label, String says) {
        Columns.print(out, INDENT + label + " ".repeat(Math.max(1, LABEL_WIDTH - label.length())), Hostile.shown(says));
    }
}
