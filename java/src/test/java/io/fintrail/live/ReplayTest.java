package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.Session;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.journal.JournalWriter;
import io.fintrail.journal.Retention;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `replay` as a process, of recordings that need no root to be made. */
final class ReplayTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long OFFSET_NS = 1_795_000_000L * SECOND_NS;
    private static final Path EXAMPLE =
            Path.of(System.getProperty("fintrail.home"), "tools", "examples", "haproxy-incident.trail");

    @TempDir
    Path temporary;

    private Path journal(String name, String... namesAndValues) throws IOException {
        Path directory = Files.createDirectory(temporary.resolve(name));
        TreeMap<String, String> fields = new TreeMap<>(Map.of(
                "format",
                Integer.toString(Session.FORMAT),
                "layout",
                TcpEventLayout.FINGERPRINT,
                "hz",
                "250",
                "run",
                "a"));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER)) {
            writer.session(new Session(fields));
            for (int second = 1; second <= 2000; second++) {
                writer.clock(second * SECOND_NS, OFFSET_NS + (second > 1000 ? -90 * SECOND_NS : 0));
            }
            writer.end(2001 * SECOND_NS);
        }
        return directory;
    }

    private Cli.Result replay(Path journal, String... more) throws IOException {
        return Cli.run(
                temporary,
                Stream.concat(Stream.of("replay", journal.toString()), Stream.of(more))
                        .toArray(String[]::new));
    }

    private static Path rollFile(Path journal) throws IOException {
        try (Stream<Path> files = Files.list(journal)) {
            return files.filter(f -> f.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
    }

    @Test
    void saysInOneSentenceWhereAJournalIsDamagedAndShowsWhatIsBefore() throws IOException {
        Path journal = journal("damaged");
        try (RandomAccessFile bytes = new RandomAccessFile(rollFile(journal).toFile(), "rw")) {
            bytes.setLength(bytes.length() * 3 / 4);
        }

        Cli.Result refused = replay(journal);
        Cli.Result salvaged = replay(journal, "--salvage");

        assertThat(refused.exit()).isEqualTo(4);
        assertThat(refused.err()).filteredOn(l -> l.contains("damaged after")).hasSize(1);
        assertThat(salvaged.exit()).isZero();
        assertThat(salvaged.err()).anyMatch(l -> l.startsWith("fintrail: salvaged: "));
        assertThat(salvaged.err()).anyMatch(l -> l.contains("connections judged"));
    }

    @Test
    void refusesALaterFormatNamingBoth() throws IOException {
        Cli.Result refused = replay(journal("later", "format", "77"));

        assertThat(refused.exit()).isEqualTo(4);
        assertThat(refused.err())
                .anyMatch(l -> l.contains("format 77") && l.contains("reads format " + Session.FORMAT));
    }

    @Test
    void saysWhenTheWallClockWasSet() throws IOException {
        Path journal = journal("stepped");

        assertThat(replay(journal).err()).anyMatch(l -> l.contains("the wall clock was set back by 90.0 s"));
        assertThat(replay(journal, "--format", "jsonl").out())
                .anyMatch(l -> l.contains("\"type\":\"clock-step\"") && l.contains("\"byNs\":-90000000000"));
    }

    @Test
    void showsAPart() throws IOException {
        List<String> all = verdicts(replay(EXAMPLE, "--format", "jsonl"));
        List<String> first = verdicts(replay(EXAMPLE, "--format", "jsonl", "--to", "+9s"));
        List<String> rest = verdicts(replay(EXAMPLE, "--format", "jsonl", "--from", "+9s"));

        assertThat(first).isNotEmpty();
        assertThat(rest).isNotEmpty();
        assertThat(all).endsWith(rest.toArray(String[]::new));
        assertThat(replay(EXAMPLE, "--from", "+9s", "--to", "+8s").exit()).isEqualTo(2);
        assertThat(replay(EXAMPLE, "--from", "noon").exit()).isEqualTo(2);
        assertThat(replay(EXAMPLE, "--follow").exit()).isEqualTo(2);
    }

    private static List<String> verdicts(Cli.Result result) {
        assertThat(result.exit()).as(result.err().toString()).isZero();
        return result.out().stream()
                .filter(l -> l.contains("\"type\":\"verdict\""))
                .toList();
    }
}
