package io.fintrail.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import java.util.stream.Stream;
import picocli.CommandLine;

/** What `explain` prints, with times of day in UTC. */
final class Explained {
    static final Path HOME = Path.of(System.getProperty("fintrail.home", "."));
    static final Path TRAILS = HOME.resolve("java/src/test/resources/trails");

    private Explained() {}

    /** @param arguments what follows the journal on the command line */
    static String tell(Path trail, String... arguments) {
        List<String> all = new ArrayList<>(List.of(trail.toString()));
        all.addAll(List.of(arguments));
        ExplainCommand command = CommandLine.populateCommand(new ExplainCommand(), all.toArray(new String[0]));
        StringWriter out = new StringWriter();
        TimeZone zone = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        try {
            command.tell(new PrintWriter(out), new PrintWriter(new StringWriter()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            TimeZone.setDefault(zone);
        }
        return out.toString();
    }

    static List<Path> files(Path directory, String ending) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
