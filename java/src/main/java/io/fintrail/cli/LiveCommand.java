package io.fintrail.cli;

import io.fintrail.capture.Tracer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
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
    @Mixin
    private FilterOptions filters = new FilterOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private CaptureOptions capture = new CaptureOptions();

    @Option(names = "--keep", paramLabel = "DIR", description = "Keep the journal there, for replay and explain.")
    private @Nullable Path keep;

    @Option(names = "--cost", description = "Measure what the programs cost the kernel, and say it at the end.")
    private boolean cost;

    @Override
    public Integer call() throws IOException {
        try (LiveSession session = new LiveSession(this::attach, keep)) {
            BooleanSupplier timeIsOver = capture.timeIsOver();
            session.run(
                    new Analysis(filters.onOutput(), output::view, output.events),
                    () -> {},
                    () -> timeIsOver.getAsBoolean() || output.isBroken());
        }
        return ExitCode.DONE;
    }

    private Tracer attach() {
        Tracer tracer = capture.attach(filters.inKernel());
        if (cost) {
            tracer.measure();
        }
        return tracer;
    }
}
