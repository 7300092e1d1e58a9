package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Where a report goes, and what is refused. */
class ReportCommandTest {
    @TempDir
    private Path directory;

    private final StringWriter said = new StringWriter();

    private int report(String... arguments) {
        CommandLine line = Fintrail.commandLine();
        line.setErr(new PrintWriter(said, true));
        String[] all = new String[arguments.length + 1];
        all[0] = "report";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return line.execute(all);
    }

    private static String example() {
        return Reports.EXAMPLE.toString();
    }

    @Test
    void writesHtmlThatOnlyItsOwnerReadsWhereAFileIsNamed() throws IOException {
        Path file = directory.resolve("report.html");

        assertThat(report(example(), "-o", file.toString())).isEqualTo(ExitCode.DONE);
        assertThat(Files.readString(file)).startsWith("<!doctype html>").endsWith("</html>\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void writesTheFormThatIsAskedFor() throws IOException {
        Path file = directory.resolve("report.txt");

        assertThat(report(example(), "-o", file.toString(), "--format", "text")).isEqualTo(ExitCode.DONE);
        assertThat(Files.readString(file)).contains("What was recorded");
        assertThat(report(example(), "-o", file.toString(), "--format", "jsonl"))
                .isEqualTo(ExitCode.DONE);
        assertThat(Files.readString(file)).endsWith("}\n").contains("\"type\":\"report\"");
    }

    @Test
    void replacesAFileWholeAndLeavesNothingBesideIt() throws IOException {
        Path file = Files.writeString(directory.resolve("report.html"), "of yesterday");
        Path link = Files.createSymbolicLink(directory.resolve("link.html"), file);

        assertThat(report(example(), "-o", link.toString())).isEqualTo(ExitCode.DONE);

        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(Files.readString(file)).startsWith("<!doctype html>");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactlyInAnyOrder(file, link);
        }
    }

    @Test
    void leavesTheOldFileWhereTheJournalCannotBeRead() throws IOException {
        Path file = Files.writeString(directory.resolve("report.html"), "of yesterday");
        Path damaged = Files.writeString(directory.resolve("damaged.trail"), "1 STATE socket=what\n");

        assertThat(report(damaged.toString(), "-o", file.toString())).isEqualTo(ExitCode.DAMAGED);
        assertThat(Files.readString(file)).isEqualTo("of yesterday");
    }

    @Test
    void refusesWhatIsNoPlaceForAFile() {
        assertThat(report(example(), "-o", directory.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(report(example(), "-o", directory.resolve("no/report.html").toString()))
                .isEqualTo(ExitCode.USAGE);
        assertThat(report(example(), "-o", "/dev/null")).isEqualTo(ExitCode.USAGE);
        assertThat(said.toString())
                .contains("is a directory; name a file in it: -o " + directory.resolve("report.html"))
                .contains("there is no directory " + directory.resolve("no"))
                .contains("/dev/null is no regular file; without -o the report goes to stdout");
    }

    @Test
    void saysWhatIsNoJournal() throws IOException {
        Path picture = Files.write(directory.resolve("picture"), new byte[] {(byte) 0xff, (byte) 0xd8, 0, 1});

        assertThat(report(directory.resolve("nothing").toString())).isEqualTo(ExitCode.USAGE);
        assertThat(report(picture.toString())).isEqualTo(ExitCode.DAMAGED);
        assertThat(said.toString()).contains("there is no ", "neither a journal's directory nor a trail");
    }

    @Test
    void explainsItself() {
        CommandLine line = Fintrail.commandLine().getSubcommands().get("report");

        assertThat(line.getUsageMessage().getBytes(StandardCharsets.UTF_8).length)
                .isPositive();
        assertThat(line.getUsageMessage())
                .contains("fintrail report /var/tmp/j -o incident.html", "html|text|jsonl", "mode 0600");
    }
}
