package io.fintrail.view;

import io.fintrail.verdict.Verdict;
import java.io.PrintWriter;
import java.util.List;

/** One connection's story for a terminal: who and when, what happened, what is not certain, and the verdict. */
public final class StoryView {
    private static final String INDENT = "  ";
    private static final int LABEL_WIDTH = 12;

    private final PrintWriter out;
    private final PrintWriter aside;
    private final boolean colour;

    public StoryView(PrintWriter out, PrintWriter aside, boolean colour) {
        this.out = out;
        this.aside = aside;
        this.colour = colour;
    }

    public void show(ConnectionStory told) {
        StoryTeller teller = new StoryTeller(told, true);
        for (StoryTeller.Row row : teller.head()) {
            String label = row.label();
            Columns.print(out, label + " ".repeat(Math.max(1, LABEL_WIDTH - label.length() + 1)), row.text());
        }
        out.println();
        int markWidth = teller.marks().stream().mapToInt(String::length).max().orElse(0);
        teller.timeline().forEach(row -> print(row, markWidth));
        List<String> doubts = teller.doubts();
        if (!doubts.isEmpty()) {
            out.println();
            out.println("What is not certain:");
            doubts.forEach(doubt -> Columns.print(out, INDENT + "- ", doubt));
        }
        out.println();
        judgement(teller);
        out.flush();
    }

    private void print(StoryTeller.Row row, int markWidth) {
        String time = row.label();
        String mark = markWidth == 0
                ? ""
                : row.mark() + " ".repeat(markWidth - row.mark().length() + 2);
        Columns.print(out, " ".repeat(Math.max(0, LABEL_WIDTH - time.length())) + time + INDENT + mark, row.text());
    }

    private void judgement(StoryTeller teller) {
        Verdict verdict = teller.verdict();
        if (verdict == null) {
            Columns.print(out, "", teller.withoutVerdict());
        } else {
            new TextView(out, aside, teller.clock(), colour).withoutDoubts(verdict);
        }
        if (!teller.otherLeg().isEmpty()) {
            Columns.print(out, "", teller.otherLeg());
        }
    }
}
