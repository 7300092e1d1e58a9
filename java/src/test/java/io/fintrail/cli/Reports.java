package io.fintrail.cli;

import io.fintrail.view.Report;
import io.fintrail.view.ReportHtml;
import io.fintrail.view.ReportJson;
import io.fintrail.view.ReportText;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.TimeZone;

/** Reports of trails and journals, with times of day in UTC. */
final class Reports {
    static final Path HOME = Path.of(System.getProperty("fintrail.home", "."));
    static final Path EXAMPLE = HOME.resolve("tools/examples/haproxy-incident.trail");

    private Reports() {}

    static Report of(Path journal) {
        return of(journal, ReportCommand::incidents);
    }

    static Report withoutIncident(Path journal) {
        return of(journal, (next, sink) -> new ReportAnalysis.Stage(next, () -> {}));
    }

    private static Report of(Path journal, ReportAnalysis.Incidents incidents) {
        try (JournalSource source = JournalSource.open(journal)) {
            ReportAnalysis analysis = new ReportAnalysis(incidents);
            source.read(analysis.sink(), () -> false);
            return analysis.finish("journal", source.removedBefore());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes one form of it. */
    interface Form {
        void write(PrintWriter to) throws IOException;
    }

    static String text(Report report) {
        return written(to -> new ReportText(to).print(report));
    }

    static String jsonLines(Report report) {
        return written(to -> new ReportJson(to).print(report));
    }

    static String html(Report report) {
        return written(to -> ReportHtml.write(report, to));
    }

    private static String written(Form form) {
        StringWriter text = new StringWriter();
        TimeZone zone = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        try {
            PrintWriter to = new PrintWriter(text);
            form.write(to);
            to.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            TimeZone.setDefault(zone);
        }
        return text.toString();
    }
}
