package io.fintrail.cli;

import io.fintrail.capture.CaptureFilter;
import io.fintrail.capture.SnapshotPlan;
import io.fintrail.capture.Tracer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Traces and judges at the same time. */
@Command(
        name = "live",
        mixinStandardHelpOptions = true,
        description = "Traces closes as they happen and says what went wrong with each.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fintrail live                               every problem on this host, until Ctrl-C",
            "  fintrail live --port 443,8443 --for 10m     for ten minutes, two ports",
            "  fintrail live --netns 812 --all             all closes in the namespace of process 812",
            "  fintrail live --keep /var/tmp/j --format jsonl | jq .verdict"
        })
final class LiveCommand implements Callable<Integer> {
    private static final int SMALLEST_RING = 4096;
    private static final long LARGEST_RING = 512L << 20;

    @Mixin
    private FilterOptions filters = new FilterOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--for", paramLabel = "DUR", description = "End after this time: 250ms, 10s, 5m, 7d.")
    private Amounts.@Nullable Duration time;

    @Option(
            names = "--stuck-after",
            paramLabel = "DUR",
            description = "Report a half-closed socket that stands this long (default: 5s).")
    private Amounts.Duration stuckAfter = new Amounts.Duration(5_000_000_000L);

    @Option(
            names = "--snapshot-every",
            paramLabel = "DUR",
            description = "Look at all sockets and their holders this often (default: 10s; 0s: at start and end only).")
    private Amounts.Duration snapshotEvery = new Amounts.Duration(SnapshotPlan.USUAL_EVERY_NS);

    @Option(names = "--keep", paramLabel = "DIR", description = "Keep the journal there, for replay and explain.")
    private @Nullable Path keep;

    @Option(
            names = "--ring",
            paramLabel = "SIZE",
            description =
                    "Ring of each CPU, a power of two (default: 4MiB): larger if events are lost with `ring full`.")
    private Amounts.Size ring = new Amounts.Size(4 << 20);

    @Option(names = "--cost", description = "Measure what the programs cost the kernel, and say it at the end.")
    private boolean cost;

    @Override
    public Integer call() throws IOException {
        CaptureFilter filter = filters.inKernel();
        int ringBytes = ringBytes();
        Amounts.Duration limit = time;
        Tracer tracer = Tracer.attach(filter, ringBytes, new SnapshotPlan(snapshotEvery.ns(), stuckAfter.ns()));
        if (cost) {
            tracer.measure();
        }
        try (LiveSession session = new LiveSession(tracer, keep)) {
            long endNs = limit == null ? Long.MAX_VALUE : System.nanoTime() + limit.ns();
            session.run(
                    new Analysis(filters.onOutput(), output::view, output.events),
                    () -> {},
                    () -> System.nanoTime() >= endNs || output.isBroken());
        }
        return ExitCode.DONE;
    }

    private int ringBytes() {
        boolean powerOfTwo = Long.bitCount(ring.bytes()) == 1;
        if (!powerOfTwo || ring.bytes() < SMALLEST_RING || ring.bytes() > LARGEST_RING) {
            throw new IllegalArgumentException("--ring " + ring.bytes() + " bytes: a power of two from " + SMALLEST_RING
                    + " to " + LARGEST_RING + " is needed, e.g. 4MiB");
        }
        return (int) ring.bytes();
    }
}
