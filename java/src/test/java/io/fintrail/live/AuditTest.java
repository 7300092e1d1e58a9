package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `audit` from the outside: what it counts, keeps, and survives. */
@Tag("live")
final class AuditTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FLOODS = Integer.getInteger("audit.floods", 1);
    private static final int FLOOD = 20_000;
    private static final int BROKEN = Integer.getInteger("audit.broken", 5);
    private static final String LAB_PORT = ":9000";
    // Late ones, too: a FIN that meets a minisock already.
    private static final String ACTIVE_OF_LAB = "service=\"to port 9000\",verdict=\"CLEAN_ACTIVE";
    private static final String PASSIVE_OF_LAB = "service=\"9000\",verdict=\"CLEAN_PASSIVE\"";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** The host's clock is set, too, by whoever keeps it right. */
    private static final long STEP_OF_THE_HOST_NS = 60_000_000_000L;

    private static final List<String> BROKEN_KINDS = List.of(
            "rst-received",
            "unread-data",
            "linger2",
            "admin-kill",
            "data-after-close",
            "fin-out-drop",
            "fin-user-timeout",
            "fin-missing-orphan",
            "data-lost",
            "never-accepted");

    @TempDir
    Path temporary;

    private Cli audit(Subnet subnet, Path journal, String... more) throws IOException {
        return audit(subnet.cidr(4), journal, more);
    }

    private Cli audit(String cidr, Path journal, String... more) throws IOException {
        return audit(List.of(), cidr, journal, more);
    }

    private Cli audit(List<String> wrapper, String cidr, Path journal, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("audit", journal.toString(), "--metrics", "127.0.0.1:0"));
        arguments.addAll(cidr.isEmpty() ? List.of() : List.of("--address", cidr));
        arguments.addAll(List.of("--look-every", "1s"));
        arguments.addAll(more.length == 0 ? List.of("--stuck-after", "1s") : List.of(more));
        Cli audit = Cli.start(temporary, wrapper, arguments.toArray(String[]::new));
        audit.awaitText("tracing on kernel");
        return audit;
    }

    private static int port(Cli audit) throws IOException {
        return Metrics.port(String.join("\n", audit.errorsSoFar()));
    }

    private static void stage(Subnet subnet, String situation, int count, String... more) throws IOException {
        try (Lab lab = Lab.prepare(subnet, situation, count, 4, more)) {
            lab.go();
            lab.awaitDone();
        }
    }

    private List<JsonNode> replay(Path journal, String... more) throws IOException {
        return replay(List.of(), journal, more);
    }

    private List<JsonNode> replay(List<String> wrapper, Path journal, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("replay", journal.toString(), "--format", "jsonl"));
        arguments.addAll(List.of(more));
        Cli.Result result = Cli.run(temporary, wrapper, arguments.toArray(String[]::new));
        assertThat(result.exit()).as(result.err().toString()).isZero();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : result.out()) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static JsonNode summary(List<JsonNode> lines) {
        return lines.get(lines.size() - 1);
    }

    private static List<JsonNode> verdicts(List<JsonNode> lines) {
        return lines.stream()
                .filter(l -> l.path("type").asText().equals("verdict"))
                .toList();
    }

    private static long clean(JsonNode summary, String prefix) {
        long count = 0;
        for (Map.Entry<String, JsonNode> verdict : summary.path("verdicts").properties()) {
            count += verdict.getKey().startsWith(prefix) ? verdict.getValue().asLong() : 0;
        }
        return count;
    }

    private static long onDisk(Path journal) throws IOException {
        return Long.parseLong(
                Cli.linesOf("du", "-sB1", journal.toString()).get(0).split("\\s+")[0]);
    }

    @Test
    void countsCleanClosesAndKeepsNoneOfThem() throws IOException {
        UnseenFacts.stagedAgain("a flood of clean closes", () -> countCleanCloses(true));
    }

    /** As an audit mostly runs: so the scrapes are traced, too. What PredictionTest stages beside it never closes cleanly. */
    @Test
    @Tag("slow")
    void countsThemWithoutAFilter() throws IOException {
        UnseenFacts.stagedAgain("a flood of clean closes, no filter", () -> countCleanCloses(false));
    }

    private void countCleanCloses(boolean hasFilter) throws IOException {
        Path journal = Files.createTempDirectory(temporary, "journal");
        long connections = (long) FLOODS * FLOOD + 200;
        Metrics counted;
        long grown;
        try (Subnet subnet = Subnet.reserve();
                Cli audit = audit(hasFilter ? subnet.cidr(4) : "", journal)) {
            int port = port(audit);
            stage(subnet, "clean-fast", 200);
            Metrics.await(port, PATIENCE, m -> cleanOfLab(m) >= 400);
            long before = onDisk(journal);
            for (int i = 0; i < FLOODS; i++) {
                stage(subnet, "clean-fast", FLOOD, "--parallel", "50");
            }
            counted = Metrics.await(port, PATIENCE, m -> cleanOfLab(m) >= 2 * connections);
            grown = onDisk(journal) - before;
            Cli.Result ended = audit.stop();
            assertThat(ended.exit()).isZero();
            assertThat(ended.err().get(ended.err().size() - 1))
                    .contains("ended: ")
                    .endsWith("facts lost");
        }
        List<JsonNode> lines = replay(journal);
        long missed = (long) counted.sum("fintrail_events_lost_total", "");
        System.out.printf(
                "counted: %d of %d clean ends, %d facts lost, %d bytes of journal%n",
                cleanOfLab(counted), 2 * connections, missed, grown);
        assertThat(verdicts(lines))
                .noneMatch(v -> v.path("socket").path("local").asText().endsWith(LAB_PORT)
                        || v.path("socket").path("remote").asText().endsWith(LAB_PORT));
        assertThat(grown).isLessThan(1 << 20);
        if (cleanOfLab(counted) < 2 * connections - missed) {
            throw new UnseenFacts(summary(lines).toString());
        }
        assertThat((long) counted.sum("fintrail_closes_total", ACTIVE_OF_LAB))
                .isBetween(connections - missed, connections);
        assertThat((long) counted.sum("fintrail_closes_total", PASSIVE_OF_LAB))
                .isBetween(connections - missed, connections);
        assertThat(clean(summary(lines), "CLEAN_")).isGreaterThanOrEqualTo(cleanOfLab(counted));
    }

    private static long cleanOfLab(Metrics page) {
        return (long)
                (page.sum("fintrail_closes_total", ACTIVE_OF_LAB) + page.sum("fintrail_closes_total", PASSIVE_OF_LAB));
    }

    @Test
    @Tag("slow")
    void tellsOfTheBrokenAmongTheClean() throws IOException {
        UnseenFacts.stagedAgain("broken closes among clean ones", this::tellOfTheBroken);
    }

    private void tellOfTheBroken() throws IOException {
        Path journal = Files.createTempDirectory(temporary, "journal");
        Map<String, Integer> expected = new TreeMap<>();
        try (Subnet subnet = Subnet.reserve();
                Cli audit = audit(subnet, journal)) {
            for (String kind : BROKEN_KINDS) {
                try (Lab lab = Lab.prepare(subnet, kind, BROKEN, 4)) {
                    lab.go();
                    lab.awaitDone();
                    for (String side : List.of("near", "far")) {
                        lab.expected(side)
                                .path("verdicts")
                                .properties()
                                .forEach(v ->
                                        expected.merge(v.getKey(), v.getValue().asInt(), Integer::sum));
                    }
                }
                stage(subnet, "clean-fast", 500);
            }
            int port = port(audit);
            int all = expected.values().stream().mapToInt(Integer::intValue).sum();
            Metrics.await(
                    port, PATIENCE, m -> m.sum("fintrail_closes_total", "") >= all + 1000.0 * BROKEN_KINDS.size());
            assertThat(audit.stop().exit()).isZero();
        }
        Map<String, Integer> found = new TreeMap<>();
        List<JsonNode> lines = replay(journal, "--all");
        verdicts(lines).stream()
                .filter(v -> v.path("final").asBoolean())
                .filter(v -> !v.path("verdict").asText().startsWith("CLEAN_"))
                .forEach(v -> found.merge(v.path("verdict").asText(), 1, Integer::sum));
        boolean lacksSome =
                found.entrySet().stream().allMatch(f -> f.getValue() <= expected.getOrDefault(f.getKey(), 0));
        if (!found.equals(expected) && lacksSome) {
            throw new UnseenFacts("of " + expected + " only " + found);
        }
        assertThat(found).isEqualTo(expected);
        assertThat(clean(summary(lines), "CLEAN_PASSIVE")).isEqualTo(500L * BROKEN_KINDS.size());
    }

    /** Beyond --max-stories all is counted on, and what was left out is said. */
    @Test
    void tellsOfNoMoreThanItMayAndRecovers() throws IOException {
        Path journal = temporary.resolve("journal");
        try (Subnet subnet = Subnet.reserve();
                Cli audit = audit(subnet, journal, "--max-stories", "20")) {
            stage(subnet, "rst-received", 300);
            stage(subnet, "clean-fast", 300);
            int port = port(audit);
            Metrics full = Metrics.await(
                    port,
                    PATIENCE,
                    m -> m.sum("fintrail_events_lost_total", "too many stories") > 0
                            && m.sum("fintrail_closes_total", "CLEAN_") >= 600);
            assertThat(full.sum("fintrail_events_lost_total", "too many stories"))
                    .isBetween(400.0, 580.0);
            assertThat(full.sum("fintrail_closes_total", "CLEAN_")).isEqualTo(600);
            assertThat(full.sum("fintrail_stories_total", "")).isBetween(20.0, 200.0);
            UnseenFacts.stagedAgain("resets after too many of them", () -> {
                double before = Metrics.of(port).sum("fintrail_closes_total", "RST_RECEIVED");
                stage(subnet, "rst-received", 5);
                Metrics after = Metrics.await(
                        port, PATIENCE, m -> m.sum("fintrail_closes_total", "RST_RECEIVED") >= before + 5);
                if (after.sum("fintrail_closes_total", "RST_RECEIVED") < before + 5) {
                    throw new UnseenFacts("not all of five resets");
                }
                assertThat(after.sum("fintrail_closes_total", "RST_RECEIVED")).isEqualTo(before + 5);
            });
            audit.stop();
        }
        assertThat(replay(journal))
                .anyMatch(l -> l.path("type").asText().equals("gap")
                        && l.path("cause").asText().equals("too many stories"));
    }

    /** More half-closed at once than have a place: those without one are told as they happen, and what is lost is counted. */
    @Test
    @Tag("slow")
    void tellsAtOnceOfWhatHasNoPlace() throws IOException {
        UnseenFacts.stagedAgain("more half-closed than have a place", this::closeMoreThanHaveAPlace);
    }

    private void closeMoreThanHaveAPlace() throws IOException {
        Path journal = Files.createTempDirectory(temporary, "journal");
        List<Subnet> subnets = new ArrayList<>();
        List<Lab> labs = new ArrayList<>();
        try (Cli audit = audit("10.83.0.0/16", journal, "--stuck-after", "1h", "--max-stories", "100000")) {
            for (int i = 0; i < 9; i++) {
                subnets.add(Subnet.reserve());
                labs.add(Lab.prepare(subnets.get(i), "fin-missing-held", 1000, 4));
                labs.get(i).go();
                labs.get(i).awaitStanding();
            }
            int port = port(audit);
            Metrics full = Metrics.await(port, PATIENCE, m -> m.sum("fintrail_half_closed_sockets", "") >= 18_000);
            System.out.println("counted: " + (long) full.sum("fintrail_half_closed_sockets", "") + " half-closed, "
                    + (long) full.sum("fintrail_ledger_places", "") + " of them with a place");
            assertThat(full.sum("fintrail_half_closed_sockets", "")).isEqualTo(18_000);
            assertThat(full.sum("fintrail_ledger_places", "")).isBetween(12_000.0, 16_640.0);
            assertThat(full.sum("fintrail_stories_unplaced_total", "")).isBetween(1360.0, 6000.0);
            for (Lab lab : labs) {
                lab.go();
                lab.awaitDone();
            }
            Metrics after = Metrics.await(
                    port,
                    PATIENCE,
                    m -> m.sum("fintrail_ledger_places", "") == 0
                            && m.sum("fintrail_closes_total", "CLEAN_") >= 18_000);
            assertThat(after.sum("fintrail_ledger_places", "")).isZero();
            double lost = after.sum("fintrail_events_lost_total", "");
            assertThat(after.sum("fintrail_closes_total", "CLEAN_")).isBetween(18_000 - lost, 18_000.0);
            if (lost > 0) {
                throw new UnseenFacts((long) lost + " facts lost, and counted");
            }
            audit.stop();
        } finally {
            for (Lab lab : labs) {
                lab.close();
            }
            for (Subnet subnet : subnets) {
                subnet.close();
            }
        }
    }

    /** The next start goes on in the same directory; what each has kept can be explained and reported. */
    @Test
    void goesOnInItsDirectoryAfterItWasKilled() throws IOException {
        UnseenFacts.stagedAgain("an audit that is killed", this::goOnInItsDirectory);
    }

    private void goOnInItsDirectory() throws IOException {
        Path journal = Files.createTempDirectory(temporary, "journal");
        try (Subnet subnet = Subnet.reserve()) {
            try (Cli audit = audit(subnet, journal)) {
                stage(subnet, "rst-received", 3);
                Metrics.await(port(audit), PATIENCE, m -> m.sum("fintrail_closes_total", "RST_RECEIVED") >= 3);
                audit.kill();
            }
            try (Cli audit = audit(subnet, journal)) {
                stage(subnet, "unread-data", 3);
                stage(subnet, "clean-fast", 50);
                Metrics.await(port(audit), PATIENCE, m -> m.sum("fintrail_closes_total", "CLEAN_") >= 100);
                assertThat(audit.stop().exit()).isZero();
            }
        }
        List<JsonNode> lines = replay(journal, "--all");
        if (verdicts(lines).size() < 12) {
            throw new UnseenFacts("only " + verdicts(lines).size() + " of 12");
        }
        assertThat(verdicts(lines).stream().map(v -> v.path("verdict").asText()).toList())
                .containsOnly("RST_RECEIVED", "RST_BY_US_LINGER0", "RST_BY_US_UNREAD")
                .hasSize(12);
        assertThat(clean(summary(lines), "CLEAN_")).isEqualTo(100);
        assertThat(lines).anyMatch(AuditTest::isSpanWithoutWatch);
        JsonNode socket = verdicts(lines).get(0).path("socket");
        Cli.Result explained = Cli.run(
                temporary,
                "explain",
                journal.toString(),
                socket.path("local").asText() + "-" + socket.path("remote").asText(),
                "--nth",
                "1");
        assertThat(String.join("\n", explained.out())).contains("ESTABLISHED");
        Path report = temporary.resolve("report.html");
        assertThat(Cli.run(temporary, "report", journal.toString(), "-o", report.toString())
                        .exit())
                .isZero();
        assertThat(Files.readString(report)).contains("RST_BY_US_UNREAD");
    }

    /** Stages five resets and waits until they were told of. */
    private static void stageResets(Subnet subnet, int port) throws IOException {
        double before = Metrics.of(port).sum("fintrail_closes_total", "RST_RECEIVED");
        stage(subnet, "rst-received", 5);
        Metrics.await(port, PATIENCE, m -> m.sum("fintrail_closes_total", "RST_RECEIVED") >= before + 5);
    }

    private static boolean isSpanWithoutWatch(JsonNode line) {
        return line.path("type").asText().equals("gap")
                && line.path("cause").asText().equals("not watched");
    }

    private static long resets(List<JsonNode> lines) {
        return verdicts(lines).stream()
                .filter(v -> v.path("verdict").asText().equals("RST_RECEIVED"))
                .count();
    }

    /** Cookies and times begin anew, and what was before the new boot is still there. */
    @Test
    @Tag("slow")
    void goesOnInItsDirectoryAfterAReboot() throws IOException {
        UnseenFacts.stagedAgain("an audit before and after a boot", () -> {
            Path journal = Files.createTempDirectory(temporary, "journal");
            Path boot = Files.writeString(
                    Files.createTempFile(temporary, "boot", ""), "11111111-2222-3333-4444-555555555555\n");
            List<String> rebooted = List.of(
                    "unshare",
                    "-m",
                    "sh",
                    "-c",
                    "mount --bind " + boot + " /proc/sys/kernel/random/boot_id && exec \"$@\"",
                    "sh");
            try (Subnet subnet = Subnet.reserve();
                    Lab held = Lab.prepare(subnet, "fin-missing-held", 5, 4)) {
                try (Cli audit = audit(subnet, journal)) {
                    held.go();
                    held.awaitStanding();
                    stageResets(subnet, port(audit));
                    audit.kill(); // as a power failure
                }
                try (Cli audit = audit(rebooted, subnet.cidr(4), journal, "--stuck-after", "1h")) {
                    stageResets(subnet, port(audit));
                    assertThat(audit.stop().exit()).isZero();
                }
                List<JsonNode> lines = replay(journal, "--all");
                if (resets(lines) < 10) {
                    throw new UnseenFacts("only " + resets(lines) + " of 10 resets");
                }
                assertThat(resets(lines)).isEqualTo(10);
                assertThat(verdicts(lines).stream().filter(v -> v.path("final").asBoolean()))
                        .allMatch(v -> v.path("verdict").asText().startsWith("RST_"));
                assertThat(lines).anyMatch(AuditTest::isSpanWithoutWatch);
                held.go();
                held.awaitDone();
            }
        });
    }

    @Test
    @Tag("slow")
    void countsOnWhileItsDiskIsFull() throws IOException {
        try (SmallDisk disk = new SmallDisk(temporary.resolve("disk"));
                Subnet subnet = Subnet.reserve()) {
            Path journal = disk.path().resolve("journal");
            try (Cli audit = audit(disk.wrapper(), subnet.cidr(4), journal, "--stuck-after", "1s")) {
                int port = port(audit);
                stageResets(subnet, port);
                disk.fillUp();
                stage(subnet, "rst-received", 5);
                stage(subnet, "clean-fast", 300);
                audit.awaitText("the journal pauses: no room");
                disk.makeRoom();
                audit.awaitText("the journal goes on");
                Metrics counted = Metrics.await(port, PATIENCE, m -> m.sum("fintrail_closes_total", "CLEAN_") >= 600);
                assertThat(counted.sum("fintrail_closes_total", "CLEAN_")).isEqualTo(600);
                assertThat(counted.sum("fintrail_events_lost_total", "no room")).isPositive();
                stageResets(subnet, port);
                assertThat(audit.stop().exit()).isZero();
            }
            List<JsonNode> lines = replay(disk.wrapper(), journal, "--all");
            assertThat(resets(lines)).isBetween(10L, 15L);
            assertThat(lines)
                    .anyMatch(l -> l.path("type").asText().equals("gap")
                            && l.path("cause").asText().contains("no room"));
        }
    }

    /** Monotonic time goes on; what was before the step and after it is told in the order in which it happened. */
    @Test
    @Tag("slow")
    void goesOnWhenTheWallClockIsSet() throws IOException {
        UnseenFacts.stagedAgain("an audit whose clock is set", () -> {
            Path journal = Files.createTempDirectory(temporary, "journal");
            Path offset = Files.writeString(Files.createTempFile(temporary, "offset", ""), "+0\n");
            List<String> wrapper = List.of(
                    "env",
                    "LD_PRELOAD="
                            + Cli.linesOf("sh", "-c", "echo /usr/lib/*/faketime/libfaketimeMT.so.1")
                                    .get(0),
                    "FAKETIME_TIMESTAMP_FILE=" + offset,
                    "FAKETIME_NO_CACHE=1",
                    "FAKETIME_DONT_FAKE_MONOTONIC=1");
            try (Subnet subnet = Subnet.reserve();
                    Cli audit = audit(wrapper, subnet.cidr(4), journal, "--stuck-after", "1s")) {
                int port = port(audit);
                for (String set : List.of("+0", "-7200", "+10800")) {
                    Path next = Files.writeString(Files.createTempFile(temporary, "offset", ""), set + "\n");
                    Files.move(next, offset, StandardCopyOption.ATOMIC_MOVE);
                    stageResets(subnet, port);
                    stage(subnet, "clean-fast", 50);
                }
                Metrics.await(port, PATIENCE, m -> m.sum("fintrail_closes_total", "CLEAN_") >= 300);
                assertThat(audit.stop().exit()).isZero();
            }
            List<JsonNode> lines = replay(journal, "--all");
            if (resets(lines) < 15) {
                throw new UnseenFacts("only " + resets(lines) + " of 15 resets");
            }
            assertThat(resets(lines)).isEqualTo(15);
            assertThat(clean(summary(lines), "CLEAN_")).isEqualTo(300);
            assertThat(lines.stream()
                            .filter(l -> l.path("type").asText().equals("clock-step"))
                            .filter(l -> Math.abs(l.path("byNs").asLong()) > STEP_OF_THE_HOST_NS)
                            .toList())
                    .hasSize(2);
            assertThat(lines).noneMatch(l -> l.path("type").asText().equals("gap"));
            assertThat(verdicts(lines).stream().map(v -> v.path("ktimeNs").asLong()))
                    .isSorted();
        });
    }

    /** What another version wrote is set aside as it is, and the directory serves on. */
    @Test
    @Tag("slow")
    void goesOnInItsDirectoryAfterAnUpgrade() throws IOException {
        UnseenFacts.stagedAgain("an audit before and after an upgrade", () -> {
            Path journal = Files.createTempDirectory(temporary, "journal");
            Map<String, byte[]> older = new TreeMap<>();
            String otherLayout = "0123456789abcdef";
            try (Subnet subnet = Subnet.reserve()) {
                try (Cli audit = audit(subnet, journal)) {
                    stageResets(subnet, port(audit));
                    assertThat(audit.stop().exit()).isZero();
                }
                for (Path file : rollFiles(journal)) {
                    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                    Files.writeString(
                            file, text.replace(TcpEventLayout.FINGERPRINT, otherLayout), StandardCharsets.ISO_8859_1);
                    older.put(file.getFileName().toString(), Files.readAllBytes(file));
                }
                assertThat(older).isNotEmpty();
                Cli.Result refused = Cli.run(temporary, "replay", journal.toString());
                assertThat(refused.exit()).isEqualTo(4);
                assertThat(refused.err().toString()).contains(otherLayout, TcpEventLayout.FINGERPRINT);
                try (Cli audit = audit(subnet, journal)) {
                    assertThat(audit.errorsSoFar()).anyMatch(l -> l.contains("what another version wrote is in"));
                    stageResets(subnet, port(audit));
                    assertThat(audit.stop().exit()).isZero();
                }
            }
            for (Path file : rollFiles(journal.resolve("layout-" + otherLayout))) {
                assertThat(Files.readAllBytes(file))
                        .isEqualTo(older.remove(file.getFileName().toString()));
            }
            assertThat(older).isEmpty();
            List<JsonNode> lines = replay(journal, "--all");
            if (resets(lines) < 5) {
                throw new UnseenFacts("only " + resets(lines) + " of 5 resets");
            }
            assertThat(resets(lines)).isEqualTo(5);
        });
    }

    private static List<Path> rollFiles(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> f.toString().endsWith(".cq4")).toList();
        }
    }
}
