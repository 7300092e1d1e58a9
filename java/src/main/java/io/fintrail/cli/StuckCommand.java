package io.fintrail.cli;

import io.fintrail.capture.Tracer;
import io.fintrail.verdict.Verdict;
import io.fintrail.view.JsonStuckView;
import io.fintrail.view.StuckView;
import io.fintrail.view.View;
import io.fintrail.view.WallClock;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One look at all sockets: nothing is attached, nothing stays. */
@Command(
        name = "stuck",
        mixinStandardHelpOptions = true,
        description = "Says what is half-closed right now: why, who holds it, since when, and what will end it.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fintrail stuck                               everything that is half-closed, in groups",
            "  fintrail stuck --older-than 1m --port 443    only what stands for a minute, on one port",
            "  fintrail stuck --check 100 --older-than 30s  for monitors: exit code 10 when more than 100 are stuck",
            "  fintrail stuck --format jsonl | jq 'select(.type==\"group\")'"
        })
final class StuckCommand implements Callable<Integer> {
    private static final int RING_BYTES = 16 << 20;

    @Mixin
    private FilterOptions filters = new FilterOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(
            names = "--older-than",
            paramLabel = "DUR",
            description = "Only what has stood at least this long (default: 0s).")
    private Amounts.Duration olderThan = new Amounts.Duration(0);

    @Option(
            names = "--check",
            paramLabel = "N",
            description =
                    "Exit with 10 when more than N sockets are stuck, with 3 where some namespace could not be looked into.")
    private @Nullable Long check;

    @Override
    public Integer call() throws IOException {
        StuckView[] view = new StuckView[1];
        Predicate<Verdict> wanted = filters.onOutput().and(this::stoodLongEnough);
        Analysis analysis = new Analysis(wanted, clock -> newView(clock, view), output.events);
        long unseen;
        try (LiveSession session =
                new LiveSession(() -> Tracer.look(filters.inKernel(), RING_BYTES, olderThan.ns()), null)) {
            session.run(analysis, () -> {}, output::isBroken);
            unseen = session.unseenNamespaces();
        }
        Long most = check;
        if (most != null && view[0].count() > most) {
            return ExitCode.STUCK;
        }
        return most != null && unseen > 0 ? ExitCode.CANNOT : ExitCode.DONE;
    }

    private boolean stoodLongEnough(Verdict verdict) {
        Long sinceNs = verdict.story().standsSinceNs();
        return sinceNs != null && verdict.atNs() - sinceNs >= olderThan.ns();
    }

    private View newView(WallClock clock, StuckView[] made) {
        StuckView text = new StuckView(output.out(), output.err());
        made[0] = text;
        return switch (output.format) {
            case TEXT -> text;
            case JSONL -> new JsonStuckView(output.out(), clock, text);
            case TRAIL -> throw new IllegalArgumentException("--format trail is for replay");
        };
    }
}
