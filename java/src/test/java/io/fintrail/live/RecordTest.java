package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `record` and what can happen to it. */
@Tag("live")
final class RecordTest {
    private static final int KILLS = Integer.getInteger("record.kills", 4);
    private static final int FLOOD = 16_000;
    /** Less than the flood takes. */
    private static final long LOAD_NS = 900_000_000;

    @TempDir
    Path temporary;

    private static void stage(Subnet subnet, String situation, int count, String... more) throws IOException {
        try (Lab lab = Lab.prepare(subnet, situation, count, 4, more)) {
            lab.go();
            lab.awaitDone();
        }
    }

    private static List<String> verdicts(List<String> lines) {
        return lines.stream().filter(l -> l.contains("\"type\":\"verdict\"")).toList();
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private List<String> replay(Path journal, String... more) throws IOException {
        Cli.Result result = Cli.run(
                temporary,
                Stream.concat(Stream.of("replay", journal.toString(), "--all", "--format", "jsonl"), Stream.of(more))
                        .toArray(String[]::new));
        assertThat(result.exit()).as(result.err().toString()).isZero();
        return result.out();
    }

    @Test
    void recordsForItsOwnerWhatReplayJudgesBesideItAndAfterwards() throws IOException {
        Path journal = temporary.resolve("journal");
        Cli.Result recorded;
        Cli.Result followed;
        try (Subnet subnet = Subnet.reserve();
                Cli record =
                        Cli.start(temporary, List.of(), "record", journal.toString(), "--address", subnet.cidr(4))) {
            record.awaitText("recording to " + journal);
            try (Cli follow = Cli.start(
                    temporary, List.of(), "replay", journal.toString(), "--follow", "--all", "--format", "jsonl")) {
                follow.awaitText("\"type\":\"ready\"");
                Cli.Result second = Cli.run(temporary, "record", journal.toString());
                assertThat(second.exit()).isEqualTo(2);
                assertThat(second.err()).singleElement().asString().contains("another fintrail");
                stage(subnet, "clean-fast", 500);
                stage(subnet, "rst-received", 5);
                recorded = record.stop();
                followed = follow.await();
            }
        }

        assertThat(recorded.exit()).isZero();
        assertThat(recorded.out()).isEmpty();
        assertThat(recorded.err().get(recorded.err().size() - 1)).matches("fintrail: [\\d,]+ events in .* 0 lost.*");
        assertThat(permissions(journal)).isEqualTo("rwx------");
        try (Stream<Path> files = Files.list(journal)) {
            assertThat(files)
                    .isNotEmpty()
                    .allSatisfy(f -> assertThat(permissions(f)).isEqualTo("rw-------"));
        }
        assertThat(followed.exit()).isZero();
        assertThat(verdicts(followed.out())).hasSizeGreaterThanOrEqualTo(1010);
        assertThat(verdicts(replay(journal))).isEqualTo(verdicts(followed.out()));
    }

    @Test
    void warnsOfADirectoryThatOthersCanLookInto() throws IOException {
        Path journal = Files.createDirectory(temporary.resolve("open"));
        Files.setPosixFilePermissions(journal, PosixFilePermissions.fromString("rwxr-xr-x"));

        Cli.Result result = Cli.run(temporary, "record", journal.toString(), "--for", "100ms");

        assertThat(result.exit()).isZero();
        assertThat(result.err()).anyMatch(l -> l.contains("others can see") && l.contains("chmod 700"));
        try (Stream<Path> files = Files.list(journal)) {
            assertThat(files)
                    .isNotEmpty()
                    .allSatisfy(f -> assertThat(permissions(f)).isEqualTo("rw-------"));
        }
    }

    @Test
    void replaysFromReadOnlyMedia() throws IOException {
        Path journal = temporary.resolve("journal");
        try (Subnet subnet = Subnet.reserve();
                Cli record =
                        Cli.start(temporary, List.of(), "record", journal.toString(), "--address", subnet.cidr(4))) {
            record.awaitText("recording to " + journal);
            stage(subnet, "clean-active", 20);
            record.stop();
        }
        List<String> readOnly = List.of(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount --bind " + journal + " " + journal + " && mount -o remount,ro,bind " + journal + " && ! touch "
                        + journal + "/x 2>/dev/null && exec \"$@\"",
                "sh");

        Cli.Result result = Cli.run(temporary, readOnly, "replay", journal.toString(), "--all", "--format", "jsonl");

        assertThat(result.exit()).as(result.err().toString()).isZero();
        assertThat(verdicts(result.out())).hasSizeGreaterThanOrEqualTo(40).isEqualTo(verdicts(replay(journal)));
    }

    /** What was born in a file that is gone is described again in each that follows. */
    @Test
    void knowsTheSocketsThatStandWhenTheirBeginningWasRemoved() throws IOException {
        Path journal = temporary.resolve("journal");
        Cli.Result replayed;
        try (Subnet subnet = Subnet.reserve();
                Lab held = Lab.prepare(subnet, "fin-missing-held", 5, 4);
                Cli record = Cli.start(
                        temporary,
                        List.of(),
                        "record",
                        journal.toString(),
                        "--address",
                        subnet.cidr(4),
                        "--keep-size",
                        "8MiB")) {
            record.awaitText("recording to " + journal);
            held.go();
            held.awaitStanding();
            long most = 0;
            for (int i = 0; i < 2; i++) {
                stage(subnet, "clean-fast", 12_000, "--parallel", "50");
                try (Stream<Path> files = Files.list(journal)) {
                    most = Math.max(
                            most, files.mapToLong(f -> f.toFile().length()).sum());
                }
            }
            Cli.Result recorded = record.stop();
            assertThat(recorded.exit()).as(recorded.err().toString()).isZero();
            // The file being written has up to 5 MiB ahead.
            assertThat(most).isBetween(7L << 20, 15L << 20);
            replayed = Cli.run(temporary, "replay", journal.toString(), "--format", "jsonl");
            held.go();
            held.awaitDone();
        }
        assertThat(replayed.exit()).as(replayed.err().toString()).isZero();
        assertThat(replayed.err()).anyMatch(l -> l.contains("removed by --keep-age or --keep-size"));
        assertThat(replayed.out())
                .filteredOn(l -> l.contains("\"verdict\":\"FIN_MISSING_HELD\"") && l.contains("/python3"))
                .map(l -> l.replaceAll(".*\"cookie\":(\\d+).*", "$1"))
                .satisfies(cookies -> assertThat(cookies.stream().distinct()).hasSize(5));
    }

    @Test
    void pausesWhileTheDiskIsFullAndSaysWhatIsMissing() throws IOException {
        try (SmallDisk disk = new SmallDisk(temporary.resolve("disk"));
                Subnet subnet = Subnet.reserve()) {
            Path journal = disk.path().resolve("journal");
            Cli.Result recorded;
            try (Cli record =
                    Cli.start(temporary, disk.wrapper(), "record", journal.toString(), "--address", subnet.cidr(4))) {
                record.awaitText("recording to " + journal);
                stage(subnet, "clean-fast", 300);
                disk.fillUp();
                stage(subnet, "clean-fast", 300);
                record.awaitText("no room on the disk");
                disk.makeRoom();
                record.awaitText("recording goes on");
                stage(subnet, "clean-fast", 300);
                recorded = record.stop();
            }
            assertThat(recorded.exit()).as(recorded.err().toString()).isZero();
            Cli.Result replayed =
                    Cli.run(temporary, disk.wrapper(), "replay", journal.toString(), "--all", "--format", "jsonl");
            assertThat(replayed.exit()).as(replayed.err().toString()).isZero();
            long lost = replayed.out().stream()
                    .filter(l -> l.contains("no room for the journal"))
                    .mapToLong(l -> Long.parseLong(l.replaceAll(".*\"lost\":(\\d+).*", "$1")))
                    .sum();
            System.out.println("counted: disk full: " + lost + " facts found no room, and were counted");
            assertThat(lost).isBetween(1L, 300L * 13 + 200);
            long judged = verdicts(replayed.out()).stream()
                    .filter(l -> l.contains("\"final\":true") && l.contains("CLEAN_"))
                    .count();
            assertThat(judged).isGreaterThanOrEqualTo(2 * 600);
        }
    }

    /** What a reader beside it has read was drained: all of that is there after the writer's death, once. */
    @Test
    void keepsWhatWasDrainedWhenItIsKilledUnderLoad() throws IOException {
        Random random = new Random(3);
        long all = 0;
        long connections = 0;
        int underLoad = 0;
        for (int run = 0; run < KILLS; run++) {
            Path journal = temporary.resolve("killed" + run);
            List<String> seen;
            try (Subnet subnet = Subnet.reserve();
                    Cli record = Cli.start(
                            temporary, List.of(), "record", journal.toString(), "--address", subnet.cidr(4))) {
                record.awaitText("recording to " + journal);
                try (Cli follow = Cli.start(temporary, List.of(), "replay", journal.toString(), "--follow", "--all")) {
                    follow.awaitText("replaying");
                    try (Lab lab = Lab.prepare(subnet, "clean-fast", FLOOD, 4, "--parallel", "20")) {
                        lab.go();
                        LockSupport.parkNanos(LOAD_NS / 8 + random.nextLong(LOAD_NS));
                        record.kill();
                        lab.awaitDone();
                    }
                    seen = follow.await().out();
                }
            }
            // The reader ended by itself: it saw that nobody writes any more, and read the rest.
            List<String> after =
                    Cli.run(temporary, "replay", journal.toString(), "--all").out();
            assertThat(after).isEqualTo(seen);
            List<String> events = trail(journal);
            for (int at = 0; at < events.size(); at++) {
                assertThat(number(events.get(at))).isEqualTo(at + 1);
            }
            underLoad += events.size() < FLOOD * 12 ? 1 : 0;
            all += events.size();
            connections += after.size();
        }
        assertThat(underLoad).isPositive();
        System.out.println("counted: " + KILLS + " recorders killed, " + underLoad + " under load: " + all + " events, "
                + connections + " lines, the same as a reader beside them had");
    }

    private List<String> trail(Path journal) throws IOException {
        return Cli.run(temporary, "replay", journal.toString(), "--format", "trail").out().stream()
                .filter(l -> l.matches("[\\d.]+ [A-Z_]+ #\\d+ .*"))
                .toList();
    }

    private static long number(String line) {
        return Long.parseLong(line.split(" ")[2].substring(1));
    }
}
