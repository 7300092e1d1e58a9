package io.fintrail.cli;

import io.fintrail.event.ForwardingSink;
import io.fintrail.event.Session;
import io.fintrail.event.TraceSink;
import io.fintrail.journal.Anonymizer;
import io.fintrail.journal.DamagedJournalException;
import io.fintrail.journal.TrailWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Judges a journal again: the same lines as when it was recorded. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = "Judges a recording: the same verdicts as live.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fintrail replay /var/tmp/j --all            every close in it",
            "  fintrail replay /var/tmp/j --port 443 --format jsonl",
            "  fintrail replay /var/tmp/j --from 03:10 --to 03:20",
            "  fintrail replay /var/tmp/j --follow         as `record` writes it",
            "  fintrail replay /var/tmp/j --format trail > case.trail && fintrail replay case.trail",
            "  fintrail replay /var/tmp/j --format trail --anonymize > for-others.trail"
        })
final class ReplayCommand implements Callable<Integer> {
    @Parameters(paramLabel = "JOURNAL", description = "A directory from `record` or `live --keep`, or a .trail file.")
    private Path journal = Path.of("");

    @Mixin
    private FilterOptions filters = new FilterOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(
            names = "--from",
            paramLabel = "TIME",
            description =
                    "Show what was judged from then on: 2026-11-22T03:10:00Z, 03:10 (local), +90s (from the start)."
                            + " What was before is not read.")
    private @Nullable Moment from;

    @Option(names = "--to", paramLabel = "TIME", description = "Read no further than that.")
    private @Nullable Moment to;

    @Option(
            names = "--speed",
            paramLabel = "X|max",
            description = "1: as it happened, 10: ten times as fast (default: max).")
    private Speed speed = Speed.MAX;

    @Option(names = "--follow", description = "Go on reading while a process writes to it.")
    private boolean follow;

    @Option(
            names = "--stuck-after",
            paramLabel = "DUR",
            description = "Report a half-closed socket that stands this long (default: as when it was recorded).")
    private Amounts.@Nullable Duration stuckAfter;

    @Option(names = "--salvage", description = "Of a damaged journal, show what is before the damage.")
    private boolean salvage;

    @Option(
            names = "--anonymize",
            description = "With --format trail: addresses and the names of hosts, processes, programs, services and"
                    + " containers are replaced, the same by the same. Ports, pids, times and other numbers stay.")
    private boolean anonymize;

    private final AtomicBoolean stopped = new AtomicBoolean();

    @Override
    @SuppressWarnings("try") // the hook is there to be closed
    public Integer call() throws IOException {
        requireWhatGoesTogether();
        try (JournalSource source = JournalSource.open(journal);
                SignalHook hook = new SignalHook(() -> stopped.set(true), !source.mayBlock())) {
            Span span = span(source);
            if (output.format == OutputOptions.Format.TRAIL) {
                TraceSink trail = new TrailWriter(output.out());
                read(source, span, anonymize ? new Anonymizer(trail) : trail);
                output.out().flush();
            } else {
                judge(source, span);
            }
        }
        return ExitCode.DONE;
    }

    private void requireWhatGoesTogether() {
        boolean trail = output.format == OutputOptions.Format.TRAIL;
        if (anonymize && !trail) {
            throw new IllegalArgumentException("--anonymize is for --format trail: add that, then replay the trail");
        }
        if (trail && filters.areGiven()) {
            throw new IllegalArgumentException(
                    "--format trail writes everything that was recorded: leave the filters to the replay of the trail");
        }
    }

    private Span span(JournalSource source) throws IOException {
        Moment begin = from;
        Moment end = to;
        if (begin == null && end == null) {
            return Span.ALL;
        }
        Span span = new Span(
                begin == null ? Long.MIN_VALUE : begin.wallNs(source::firstWallNs),
                end == null ? Long.MAX_VALUE : end.wallNs(source::firstWallNs));
        if (span.fromNs() >= span.toNs()) {
            throw new IllegalArgumentException("--from is not before --to");
        }
        if (begin != null) {
            source.seek(span.fromNs());
        }
        return span;
    }

    private void judge(JournalSource source, Span span) throws IOException {
        Analysis analysis = new Analysis(filters.onOutput(), output::view, output.events, span);
        analysis.view().onReady("replaying " + journal);
        read(source, span, analysis.sink());
        analysis.finish(List.of());
    }

    private void read(JournalSource source, Span span, TraceSink sink) throws IOException {
        EndOfSpan end = new EndOfSpan(span, judgedAnew(sink));
        BooleanSupplier enough = () -> stopped.get() || end.isReached() || output.isBroken();
        TraceSink paced = speed.equals(Speed.MAX) ? end : new Pace(speed, stopped::get, end);
        TraceSink watched = ReadingProgress.isWatched() && !follow
                ? new ReadingProgress(output.err(), source.lastWallNs(), paced)
                : paced;
        try {
            if (follow) {
                source.follow(watched, enough);
            } else {
                source.read(watched, enough);
            }
        } catch (DamagedJournalException e) {
            if (!end.isBegun()) {
                throw e;
            }
            if (!salvage) {
                throw new DamagedJournalException(e.getMessage() + ": `replay --salvage` shows what is before", e);
            }
            output.err().println("fintrail: salvaged: " + e.getMessage());
        }
        if (source.removedBefore() > 0) {
            output.err()
                    .printf(
                            "fintrail: %,d events were before what is left of it: removed by --keep-age or --keep-size%n",
                            source.removedBefore());
        }
    }

    private TraceSink judgedAnew(TraceSink sink) {
        Amounts.Duration otherwise = stuckAfter;
        if (otherwise == null) {
            return sink;
        }
        return new ForwardingSink(sink) {
            @Override
            public void onSession(Session session) {
                next.onSession(session.with("stuck-after-ns", Long.toString(otherwise.ns())));
            }
        };
    }

    /** Notices when what is read comes after the span. */
    private static final class EndOfSpan extends ForwardingSink {
        private final Span span;
        private boolean begun;
        private boolean reached;

        EndOfSpan(Span span, TraceSink next) {
            super(next);
            this.span = span;
        }

        boolean isBegun() {
            return begun;
        }

        boolean isReached() {
            return reached;
        }

        @Override
        public void onSession(Session session) {
            begun = true;
            next.onSession(session);
        }

        @Override
        public void onClock(long drainedToNs, long wallOffsetNs) {
            reached = drainedToNs + wallOffsetNs >= span.toNs();
            next.onClock(drainedToNs, wallOffsetNs);
        }
    }
}
