package io.fintrail.cli;

import io.fintrail.journal.TrailWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
            "  fintrail replay /var/tmp/j --format trail > case.trail && fintrail replay case.trail"
        })
final class ReplayCommand implements Callable<Integer> {
    @Parameters(paramLabel = "JOURNAL", description = "A directory from `live --keep`, or a .trail file.")
    private Path journal = Path.of("");

    @Mixin
    private FilterOptions filters = new FilterOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        try (JournalSource source = JournalSource.open(journal)) {
            if (output.format == OutputOptions.Format.TRAIL) {
                source.read(new TrailWriter(output.out()));
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
