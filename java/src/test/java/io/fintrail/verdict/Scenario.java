package io.fintrail.verdict;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.TraceSink;
import io.fintrail.journal.Anonymizer;
import io.fintrail.journal.TrailReader;
import io.fintrail.journal.TrailWriter;
import io.fintrail.lifecycle.LifecycleTracker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** One situation of src/test/resources/trails: its text, and the verdict lines that it announces in its comments. */
record Scenario(String name, String trail, List<ExpectedVerdict> expected) {
    static final Path DIRECTORY = Path.of(System.getProperty("fintrail.home", "."), "java/src/test/resources/trails");

    private static final String EXPECT = "# expect: ";

    static List<Scenario> all() {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.filter(p -> p.toString().endsWith(".trail"))
                    .sorted()
                    .map(Scenario::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Scenario read(Path file) {
        try {
            String trail = Files.readString(file);
            List<ExpectedVerdict> expected = trail.lines()
                    .filter(line -> line.startsWith(EXPECT))
                    .map(line -> ExpectedVerdict.parse(line.substring(EXPECT.length())))
                    .toList();
            String name = file.getFileName().toString();
            return new Scenario(name.substring(0, name.length() - ".trail".length()), trail, expected);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The verdict lines of a trail, each as {@code wanted} reads them: story and verdict as of that moment. */
    static List<String> judge(String trail, LineFormat format) {
        List<String> lines = new ArrayList<>();
        VerdictStage stage = new VerdictStage(new VerdictSink() {
            @Override
            public void onSession(Session session) {}

            @Override
            public void onVerdict(Verdict verdict) {
                lines.add(format.line(verdict, lines.size()));
            }

            @Override
            public void onGap(Gap gap) {}
        });
        LifecycleTracker tracker = new LifecycleTracker(stage);
        replay(trail, tracker);
        tracker.finish();
        return lines;
    }

    /** The same trail as a recording would have it. */
    static String rewrite(String trail) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        replay(trail, new TrailWriter(out));
        out.flush();
        return text.toString();
    }

    /** The same trail for the eyes of others. */
    static String anonymize(String trail) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        replay(trail, new Anonymizer(new TrailWriter(out)));
        out.flush();
        return text.toString();
    }

    private static void replay(String trail, TraceSink sink) {
        try {
            TrailReader.read(new BufferedReader(new StringReader(trail)), sink);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    /** How a verdict becomes a line; {@code index} counts the lines before it. */
    interface LineFormat {
        String line(Verdict verdict, int index);
    }
}
