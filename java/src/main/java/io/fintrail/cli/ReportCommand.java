package io.fintrail.cli;

import io.fintrail.event.TraceSink;
import io.fintrail.incident.IncidentSink;
import io.fintrail.incident.IncidentStage;
import io.fintrail.verdict.VerdictSink;
import io.fintrail.view.Report;
import io.fintrail.view.ReportHtml;
import io.fintrail.view.ReportJson;
import io.fintrail.view.ReportText;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is wrong with a host, from a recording, to be read and to be passed on. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description =
                "Says what is wrong with a host in all: each incident with the numbers that it rests on, what to do now,"
                        + " what cannot be known from here; then the counts of all verdicts and what was recorded.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fintrail report /var/tmp/j                    to read here",
            "  fintrail report /var/tmp/j -o incident.html   one file to pass on",
            "  fintrail report /var/tmp/j --format jsonl | jq 'select(.type==\"incident\")'",
            "",
            "The HTML file has a chart, timelines and a table to search. It loads nothing and",
            "needs no network. Only its owner can read it (mode 0600), for it names processes",
            "and addresses. For others, make it of an anonymized trail",
            "(`fintrail replay JOURNAL --format trail --anonymize`)."
        })
final class ReportCommand implements Callable<Integer> {
    private enum Format {
        HTML,
        TEXT,
        JSONL
    }

    @Parameters(paramLabel = "JOURNAL", description = "A directory from `record` or `live --keep`, or a .trail file.")
    private Path journal = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write it there; a file that is there is replaced.")
    private @Nullable Path output;

    @Option(
            names = "--format",
            paramLabel = "html|text|jsonl",
            description = "Default: html where -o names a file, else text.")
    private @Nullable Format format;

    @Override
    public Integer call() throws IOException {
        OutputOptions streams = new OutputOptions();
        ReportFile file = output == null ? null : new ReportFile(output);
        Report report = read(new ReportAnalysis(ReportCommand::incidents), streams.err());
        if (file == null) {
            write(report, streams.out());
            streams.out().flush();
            return ExitCode.DONE;
        }
        long bytes = file.write(to -> write(report, to));
        streams.err().printf("fintrail: %s: %,d bytes%n", output, bytes);
        return ExitCode.DONE;
    }

    static ReportAnalysis.Stage incidents(VerdictSink next, IncidentSink sink) {
        IncidentStage stage = new IncidentStage(next, verdict -> true, sink);
        return new ReportAnalysis.Stage(stage, stage::finish);
    }

    private Report read(ReportAnalysis analysis, PrintWriter err) throws IOException {
        try (JournalSource source = JournalSource.open(journal)) {
            TraceSink sink = analysis.sink();
            source.read(
                    ReadingProgress.isWatched() ? new ReadingProgress(err, source.lastWallNs(), sink) : sink,
                    () -> false);
            return analysis.finish(journal.toString(), source.removedBefore());
        }
    }

    private void write(Report report, Writer to) throws IOException {
        Format chosen = format;
        if (chosen == null) {
            chosen = output == null ? Format.TEXT : Format.HTML;
        }
        StringWriter text = new StringWriter();
        switch (chosen) {
            case HTML -> ReportHtml.write(report, to);
            case TEXT -> new ReportText(new PrintWriter(text)).print(report);
            case JSONL -> new ReportJson(new PrintWriter(text)).print(report);
        }
        to.write(text.toString());
    }
}
