package io.fintrail.cli;

import io.fintrail.event.TraceSink;
import io.fintrail.journal.Anonymizer;
import io.fintrail.journal.TrailWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Judges a journal again: the same lines as when it was recorded. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = "Judges a recording again: the same verdicts as live.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fintrail replay /var/tmp/j --all            every close in it",
            "  fintrail replay /var/tmp/j --port 443 --format jsonl",
            "  fintrail replay /var/tmp/j --format trail > case.trail && fintrail replay case.trail",
            "  fintrail replay /var/tmp/j --format trail --anonymize > for-others.trail"
        })
final class ReplayCommand implements Callable<Integer> {
    @Parameters(paramLabel = "JOURNAL", description = "A directory from `live --keep`, or a .trail file.")
    private Path journal = Path.of("");

    @Option(
            names = "--anonymize",
            description = "With --format trail: addresses and the names of hosts, processes, programs, services and"
                    + " containers are replaced, the same by the same. Ports, pids, times and other numbers stay.")
    private boolean anonymize;

    @Mixin
    private FilterOptions filters = new FilterOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        if (anonymize && output.format != OutputOptions.Format.TRAIL) {
            throw new IllegalArgumentException("--anonymize is for --format trail: add that, then replay the trail");
        }
        try (JournalSource source = JournalSource.open(journal)) {
            if (output.format == OutputOptions.Format.TRAIL) {
                TraceSink trail = new TrailWriter(output.out());
                source.read(anonymize ? new Anonymizer(trail) : trail);
                output.out().flush();
            } else {
                judge(source);
            }
        }
        return ExitCode.DONE;
    }

    private void judge(JournalSource source) throws IOException {
        Analysis analysis = new Analysis(filters.onOutput(), output::view, output.events);
        analysis.view().onReady("replaying " + journal);
        source.read(analysis.sink());
        analysis.finish(List.of());
    }
}
