package io.fintrail.view;

import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;
import java.io.PrintWriter;

/** One connection as a timeline, then its verdict in words. */
public final class StoryView {
    private final PrintWriter out;
    private final WallClock clock;
    private final TextView verdicts;

    public StoryView(PrintWriter out, PrintWriter aside, WallClock clock, boolean colour) {
        this.out = out;
        this.clock = clock;
        this.verdicts = new TextView(out, aside, clock, colour);
    }

    public void show(Verdict verdict) {
        SocketLifecycle story = verdict.story();
        out.println(
                "socket " + story.id() + "  " + story.local() + " > " + story.remote() + "  netns " + story.netns());
        long startNs = story.events().isEmpty()
                ? story.sinceNs()
                : story.events().get(0).atNs();
        out.println("from " + clock.rfc3339(startNs) + ", milliseconds since:");
        for (Evidence evidence : story.events()) {
            String head = String.format("%14.3f  ", (evidence.atNs() - startNs) / 1e6);
            Columns.print(out, head, Hostile.shown(EvidenceText.of(evidence)));
        }
        if (story.omittedEvents() > 0) {
            out.println("                " + story.omittedEvents() + " more events, counted and not kept");
        }
        if (story.chainBroken()) {
            out.println("                a transition is missing in this story: it was lost");
        }
        out.println();
        verdicts.onVerdict(verdict);
        out.flush();
    }
}
