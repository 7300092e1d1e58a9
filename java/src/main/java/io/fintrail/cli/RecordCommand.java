package io.fintrail.cli;

import io.fintrail.capture.Tracer;
import io.fintrail.event.Session;
import io.fintrail.journal.JournalDirectory;
import io.fintrail.journal.JournalWriter;
import io.fintrail.journal.Retention;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Kernel to capture to a journal on disk; nothing is judged. */
@Command(
        name = "record",
        mixinStandardHelpOptions = true,
        description = "Records what the kernel tells of closes, to be judged later: replay, explain.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fintrail record /var/tmp/j                            until Ctrl-C",
            "  fintrail record /var/tmp/j --port 443 --for 10m",
            "  fintrail record /var/tmp/j --keep-age 24h --keep-size 2GiB   the last day, and no more than that",
            "  fintrail replay /var/tmp/j --follow                   beside it: what it means, as it comes"
        })
final class RecordCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Made for its owner only. One that has recordings gets another one.")
    private Path journal = Path.of("");

    @Mixin
    private CaptureFilterOptions filters = new CaptureFilterOptions();

    @Mixin
    private CaptureOptions capture = new CaptureOptions();

    @Option(
            names = "--keep-age",
            paramLabel = "DUR",
            description = "Remove what is older, in whole files of up to an hour (default: keep everything).")
    private Amounts.@Nullable Duration keepAge;

    @Option(
            names = "--keep-size",
            paramLabel = "SIZE",
            description = "Remove the oldest when it takes more, from 8MiB (default: as much as the disk has).")
    private Amounts.@Nullable Size keepSize;

    @Override
    @SuppressWarnings("try") // the hook is there to be closed
    public Integer call() throws IOException {
        PrintWriter err = new OutputOptions().err();
        Retention retention = retention();
        try (JournalDirectory directory = JournalDirectory.keep(journal)) {
            if (directory.isOpenToOthers()) {
                err.println("fintrail: others can see what is in " + directory.path()
                        + " (its files are for their owner only): chmod 700 it, or choose another one");
            }
            try (Tracer tracer = capture.attach(filters.inKernel());
                    SignalHook hook = new SignalHook(tracer::stop, true)) {
                record(tracer, directory, retention, err);
            }
        }
        return ExitCode.DONE;
    }

    private Retention retention() {
        Amounts.Duration age = keepAge;
        Amounts.Size size = keepSize;
        return new Retention(
                age == null ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.toMillis(age.ns()),
                size == null ? Long.MAX_VALUE : size.bytes());
    }

    private void record(Tracer tracer, JournalDirectory directory, Retention retention, PrintWriter err) {
        Session session = tracer.describe();
        BooleanSupplier timeIsOver = capture.timeIsOver();
        try (JournalWriter writer = JournalWriter.kept(directory.path(), retention)) {
            RecordProgress progress = new RecordProgress(writer, session, directory.path(), err, () -> {
                if (timeIsOver.getAsBoolean()) {
                    tracer.stop();
                }
            });
            writer.session(session);
            tracer.run(progress);
            progress.sumUp();
        }
    }
}
