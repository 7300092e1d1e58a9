package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.incident.Incident;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Certainty;
import io.fintrail.verdict.Finding;
import io.fintrail.verdict.Severity;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Verdicts for a terminal, at most 100 columns: one line that names it, then what it means. What is not a
 * verdict goes to {@code aside} (stderr), so that stdout holds verdicts only.
 */
public final class TextView implements View {
    private static final String INDENT = "    ";

    private final PrintWriter out;
    private final PrintWriter aside;
    private final WallClock clock;
    private final boolean colour;
    private final LookLimits limits = new LookLimits();

    public TextView(PrintWriter out, PrintWriter aside, WallClock clock, boolean colour) {
        this.out = out;
        this.aside = aside;
        this.clock = clock;
        this.colour = colour;
    }

    @Override
    public void onSession(Session session) {
        String unknown = limits.of(session);
        if (!unknown.isEmpty()) {
            Columns.print(aside, "", "fintrail: " + unknown);
            aside.flush();
        }
    }

    @Override
    public void onReady(String what) {
        aside.println("fintrail: " + what);
        aside.flush();
    }

    @Override
    public void onVerdict(Verdict verdict) {
        print(verdict, sentences(verdict));
    }

    /** Without what would settle it, for those who say that themselves. */
    void withoutDoubts(Verdict verdict) {
        print(verdict, undoubted(verdict));
    }

    /** What is said of it in sentences, but not what would settle it; not escaped. */
    static List<String> undoubted(Verdict verdict) {
        List<String> sentences = sentences(verdict);
        sentences.remove(doubt(verdict));
        return sentences;
    }

    private void print(Verdict verdict, List<String> sentences) {
        out.print(text(verdict, sentences));
        out.flush();
    }

    /** What {@link #onVerdict} prints: the story goes on, and what is said of it now is gone when it does. */
    String text(Verdict verdict) {
        return text(verdict, sentences(verdict));
    }

    private String text(Verdict verdict, List<String> sentences) {
        StringWriter text = new StringWriter();
        PrintWriter to = new PrintWriter(text);
        SocketLifecycle story = verdict.story();
        String head = clock.ofDay(verdict.atNs()) + " " + verdict.name() + sureness(verdict);
        String sockets = story.local() + " > " + story.remote();
        String owner = HolderText.brief(story);
        String state = verdict.isFinal() ? "" : standing(story, verdict.atNs());
        String line = String.join("  ", nonEmpty(head, sockets, state, owner));
        if (line.length() <= Columns.WIDTH) {
            to.println(painted(verdict, line));
        } else {
            String without = String.join("  ", nonEmpty(head, state, owner));
            boolean fits = without.length() <= Columns.WIDTH;
            to.println(painted(verdict, fits ? without : String.join("  ", nonEmpty(head, state))));
            Columns.print(to, INDENT, fits ? sockets : sockets + "  " + owner);
        }
        for (String sentence : sentences) {
            Columns.print(to, INDENT, Hostile.shown(sentence));
        }
        to.flush();
        return text.toString();
    }

    private static List<String> nonEmpty(String... parts) {
        return java.util.Arrays.stream(parts).filter(p -> !p.isEmpty()).toList();
    }

    /** Empty where it is certain. */
    static String sureness(Verdict verdict) {
        return verdict.certainty() == Certainty.CERTAIN
                ? ""
                : " (" + verdict.certainty().name().toLowerCase(java.util.Locale.ROOT) + ")";
    }

    static String standing(SocketLifecycle story, long nowNs) {
        return story.state() + " for " + (story.sinceIsAtLeast() ? "at least " : "")
                + WallClock.duration(nowNs - story.sinceNs());
    }

    private static List<String> sentences(Verdict verdict) {
        List<String> sentences = new ArrayList<>();
        sentences.add(verdict.meaning());
        for (Finding finding : verdict.findings()) {
            sentences.add(finding.name() + ": " + finding.says() + ".");
        }
        if (!verdict.isFinal() && verdict.story().ending().close() == null) {
            sentences.add(EndText.of(verdict.kernelEnds(), verdict.atNs()));
        }
        if (verdict.missing() != null) {
            sentences.add(doubt(verdict));
        }
        if (verdict.severity() == Severity.PROBLEM) {
            verdict.advice().forEach(advice -> sentences.add("Advice: " + advice + "."));
        }
        return sentences;
    }

    private static String doubt(Verdict verdict) {
        return "Not certain; what would settle it: " + verdict.missing() + ".";
    }

    private String painted(Verdict verdict, String line) {
        if (!colour) {
            return line;
        }
        String code = switch (verdict.severity()) {
            case PROBLEM -> "\u001b[31m";
            case NOTICE -> "\u001b[33m";
            case OK -> "\u001b[32m";
        };
        return code + line + "\u001b[0m";
    }

    @Override
    public void onIncident(Incident incident) {
        new IncidentText(out, clock).print(incident);
    }

    /** Lines that were made before. */
    void print(String lines) {
        out.print(lines);
        out.flush();
    }

    /** One line of what is left out; it stands between the verdicts. */
    void note(String text) {
        Columns.print(out, "", Hostile.shown(text));
        out.flush();
    }

    @Override
    public void onEvent(Evidence evidence) {
        TcpEvent event = evidence.event();
        out.println(
                clock.ofDay(event.ktimeNs()) + " #" + evidence.index() + " " + event.local() + " > " + event.remote());
        Columns.print(out, INDENT, Hostile.shown(EvidenceText.of(evidence)));
    }

    @Override
    public void onGap(Gap gap) {
        if (gap.cause().equals(Gap.NOT_WATCHED)) {
            aside.println("fintrail: nobody watched from " + clock.rfc3339(gap.fromNs()) + " to "
                    + clock.rfc3339(gap.toNs()));
            aside.flush();
            return;
        }
        aside.println("fintrail: lost " + gap.lost() + " events (" + Hostile.shown(gap.cause()) + ", "
                + (gap.kind() == TcpEventKind.UNKNOWN ? "any kind" : gap.kind()) + ") between "
                + clock.ofDay(gap.fromNs()) + " and " + clock.ofDay(gap.toNs())
                + (gap.cause().equals("ring full") ? "; a larger --ring loses less" : ""));
        aside.flush();
    }

    @Override
    public void onClockStep(long ktimeNs, long byNs) {
        aside.println("fintrail: the wall clock was set " + (byNs < 0 ? "back" : "forward") + " by "
                + WallClock.duration(Math.abs(byNs)) + " before " + clock.ofDay(ktimeNs)
                + "; times before that are of the clock as it was");
        aside.flush();
    }

    @Override
    public void onSummary(Summary summary) {
        aside.println("fintrail: " + summary.connections() + " connections judged from " + summary.events()
                + " events, " + summary.lost() + " lost"
                + (summary.evicted() == 0 ? "" : ", " + summary.evicted() + " given up"));
        print("closed", summary.verdicts());
        print("still open, half-closed", summary.standing());
        for (Summary.Cost cost : summary.costs()) {
            aside.printf("  %-26s %10d runs  %8.3f ms in the kernel%n", cost.program(), cost.runs(), cost.ns() / 1e6);
        }
        aside.flush();
    }

    private void print(String what, Map<VerdictName, Long> counts) {
        if (!counts.isEmpty()) {
            aside.println("  " + what + ":");
            counts.forEach((name, count) -> aside.printf("  %8d  %s%n", count, name));
        }
    }
}
