package io.fintrail.view;

import java.io.PrintWriter;
import java.util.List;

/** Which connections a question may mean, and how to choose. */
public final class FoundList {
    public static final int MAX_SHOWN = 20;

    private final PrintWriter out;

    public FoundList(PrintWriter out) {
        this.out = out;
    }

    /** @param newest the last {@value #MAX_SHOWN} of {@code count}, in their order */
    public void show(String question, long count, List<FoundConnection> newest) {
        out.println(count + " connections match " + Hostile.shown(question)
                + (count > newest.size() ? "; the newest " + newest.size() + ":" : ":"));
        newest.forEach(this::show);
        Columns.print(
                out,
                "",
                "Choose one by its COOKIE.GENERATION (the first column after the number), or with --nth NUMBER.");
        out.flush();
    }

    private void show(FoundConnection found) {
        String began = new WallClock(found.recording()::wallOffsetNs).rfc3339(found.firstNs());
        String head = String.format("%5d  ", found.number());
        String outcome = found.judged() == null ? found.state() + ", no verdict" : found.judged();
        Columns.print(
                out,
                head,
                found.id() + "  " + began + "  heard of for " + WallClock.duration(found.lastNs() - found.firstNs())
                        + "  " + outcome);
        Columns.print(out, " ".repeat(head.length()), found.addresses() + "  netns " + found.netns());
    }
}
