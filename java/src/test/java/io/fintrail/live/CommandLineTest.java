package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a user meets it: what it says, its exit codes, what it leaves behind. */
@Tag("live")
final class CommandLineTest {
    private static final List<String> WITHOUT_CAPABILITIES =
            List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--");
    private static final List<String> WITHOUT_BTF =
            List.of("unshare", "-m", "sh", "-c", "mount -t tmpfs none /sys/kernel/btf && exec \"$@\"", "sh");
    private static final List<String> WITHOUT_HEADERS = List.of(
            "unshare",
            "-m",
            "sh",
            "-c",
            "{ [ ! -d /lib/modules ] || mount -t tmpfs none /lib/modules; } && exec \"$@\"",
            "sh");
    private static final List<String> WITHOUT_TRACEFS = List.of(
            "unshare",
            "-m",
            "sh",
            "-c",
            "while umount /sys/kernel/tracing /sys/kernel/debug/tracing 2>/dev/null; do :; done;"
                    + " mount -t tmpfs none /sys/kernel/debug; exec \"$@\"",
            "sh");

    @TempDir
    Path temporary;

    @Test
    void replaysTheLinesThatLiveHasShown() throws IOException {
        Path journal = temporary.resolve("journal");
        Cli.Result live;
        try (Subnet subnet = Subnet.reserve();
                Cli cli = Cli.start(
                        temporary,
                        List.of(),
                        "live",
                        "--all",
                        "--format",
                        "jsonl",
                        "--address",
                        subnet.cidr(4),
                        "--stuck-after",
                        "300ms",
                        "--snapshot-every",
                        "400ms",
                        "--keep",
                        journal.toString())) {
            cli.awaitText("\"type\":\"ready\"");
            stage(subnet, "clean-fast", 3000);
            stage(subnet, "fin-lost", 5);
            stage(subnet, "rst-received", 5);
            stage(subnet, "shared-fd", 5, "--hold", "1.5");
            stage(subnet, "proxied", 5, "--hold", "1.5");
            live = cli.stop();
        }
        Cli.Result replay = Cli.run(temporary, "replay", journal.toString(), "--all", "--format", "jsonl");
        Cli.Result trail = Cli.run(temporary, "replay", journal.toString(), "--format", "trail");
        Path text = Files.write(temporary.resolve("case.trail"), trail.out());
        Cli.Result fromTrail = Cli.run(
                temporary,
                List.of("sh", "-c", "exec \"$@\" < " + text, "sh"),
                "replay",
                "/dev/stdin",
                "--all",
                "--format",
                "jsonl");

        assertThat(live.exit()).isZero();
        assertThat(verdicts(live)).hasSizeGreaterThan(6020);
        assertThat(verdicts(replay)).isEqualTo(verdicts(live));
        assertThat(verdicts(fromTrail)).isEqualTo(verdicts(live));
        assertThat(live.out().get(live.out().size() - 1)).contains("\"type\":\"summary\"");
        assertThat(explainsOneOf(live, journal)).anyMatch(l -> l.contains("FIN_UNACKED_ORPHAN_TIMEOUT"));
    }

    private List<String> explainsOneOf(Cli.Result live, Path journal) throws IOException {
        String line = verdicts(live).stream()
                .filter(l -> l.contains("\"verdict\":\"FIN_UNACKED_ORPHAN_TIMEOUT\""))
                .findFirst()
                .orElseThrow();
        String cookie = line.replaceAll(".*\"cookie\":(\\d+).*", "$1");
        return Cli.run(temporary, "explain", journal.toString(), cookie).out();
    }

    private static List<String> verdicts(Cli.Result result) {
        return result.out().stream()
                .filter(l -> l.contains("\"type\":\"verdict\"") || l.contains("\"type\":\"gap\""))
                .toList();
    }

    private static void stage(Subnet subnet, String situation, int count, String... more) throws IOException {
        try (Lab lab = Lab.prepare(subnet, situation, count, 4, more)) {
            lab.go();
            lab.awaitDone();
        }
    }

    @Test
    void keepsTextWithinAHundredColumns() throws IOException {
        Cli.Result live;
        try (Subnet subnet = Subnet.reserve();
                Cli cli = Cli.start(temporary, List.of(), "live", "--all", "--address", subnet.cidr(6))) {
            cli.awaitText("tracing on kernel");
            try (Lab lab = Lab.prepare(subnet, "fin-lost-here", 2, 6)) {
                lab.go();
                lab.awaitDone();
            }
            live = cli.stop();
        }
        assertThat(live.out()).isNotEmpty().allSatisfy(l -> assertThat(l).hasSizeLessThanOrEqualTo(100));
    }

    @Test
    void leavesNothingBehindWhenKilled() throws IOException {
        Path journals = temporary.resolve("private");
        try (Cli cli = Cli.start(temporary, List.of(), "live")) {
            cli.awaitText("tracing on kernel");
            List<String> programs = programsOf(cli.pid());
            assertThat(programs)
                    .as("nine tracepoints, one of them with two more programs, and two iterators")
                    .hasSize(13)
                    .allMatch(CommandLineTest::isLoaded);
            cli.kill();
            awaitGone(programs);
        }
        try (Stream<Path> left = Files.list(journals)) {
            assertThat(left.toList()).hasSize(1);
        }
        assertThat(Cli.run(temporary, "live", "--for", "100ms").exit()).isZero();
        try (Stream<Path> left = Files.list(journals)) {
            assertThat(left.toList()).isEmpty();
        }
    }

    /** Ids of the BPF programs that a process holds. */
    private static List<String> programsOf(long pid) throws IOException {
        List<String> ids = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fdinfo"))) {
            for (Path file : files.toList()) {
                List<String> lines = linesOf(file);
                boolean isProgram = lines.stream().anyMatch(l -> l.startsWith("prog_tag:"));
                boolean isLink = lines.stream().anyMatch(l -> l.startsWith("link_id:"));
                if (isProgram && !isLink) {
                    lines.stream().filter(l -> l.startsWith("prog_id:")).forEach(l -> ids.add(l.split("\\s+")[1]));
                }
            }
        }
        return ids;
    }

    /** None where the descriptor was closed meanwhile, such as one of a look: open() or read() fails (ENOENT). */
    private static List<String> linesOf(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException closed) {
            return List.of();
        }
    }

    /** The kernel frees them a grace period after the last file descriptor. */
    private static void awaitGone(List<String> programs) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (programs.stream().anyMatch(CommandLineTest::isLoaded)) {
            assertThat(System.nanoTime()).as("programs are freed").isLessThan(endNs);
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static boolean isLoaded(String program) {
        try {
            return Cli.linesOf("/usr/sbin/bpftool", "prog", "show", "id", program).stream()
                    .anyMatch(l -> l.startsWith(program + ":"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void saysOneLineWhenItMayNotTrace() throws IOException {
        saysOneLine(Cli.run(temporary, WITHOUT_CAPABILITIES, "live", "--for", "1s"), 3, "run as root");
    }

    @Test
    void showsTheRecordingWhereItMayNotTrace() throws IOException {
        Cli.Result demo = Cli.run(temporary, WITHOUT_CAPABILITIES, "demo");
        assertThat(demo.exit()).isZero();
        assertThat(demo.err().get(0)).contains("nothing can be staged and traced here");
        assertThat(demo.out())
                .anyMatch(l -> l.contains("FIN_UNACKED_ORPHAN_TIMEOUT"))
                .anyMatch(l -> l.contains("FIN_MISSING_HELD"))
                .anyMatch(l -> l.contains("CLOSE_WAIT_EOF_MAYBE_READ"));
    }

    @Test
    void saysOneLineWhereTheKernelHasNoBtf() throws IOException {
        saysOneLine(
                Cli.run(temporary, WITHOUT_BTF, "live", "--loader", "libbpf", "--for", "1s"),
                3,
                "CONFIG_DEBUG_INFO_BTF");
    }

    @Test
    void saysOneLineWhereItIsToCompileWithoutThisKernelsHeaders() throws IOException {
        saysOneLine(
                Cli.run(temporary, WITHOUT_HEADERS, "live", "--loader", "bcc", "--for", "1s"),
                3,
                "apt-get install linux-headers-");
    }

    @Test
    void needsNoTracefs() throws IOException {
        assertThat(Cli.run(temporary, WITHOUT_TRACEFS, "live", "--for", "100ms").exit())
                .isZero();
    }

    @Test
    void refusesNonsenseWithOneLine() throws IOException {
        saysOneLine(Cli.run(temporary, "live", "--port", "99999"), 2, "between 1 and 65535");
        saysOneLine(Cli.run(temporary, "live", "--address", "10.0.0.0/33"), 2, "0 to 32");
        saysOneLine(Cli.run(temporary, "live", "--netns", "/no/such/namespace"), 2, "no such process or file");
        saysOneLine(Cli.run(temporary, "live", "--ring", "5000"), 2, "power of two");
        saysOneLine(Cli.run(temporary, "replay", "/no/such/journal"), 2, "there is no");
        saysOneLine(Cli.run(temporary, "replay", temporary.toString()), 4, "holds no journal");
    }

    private static void saysOneLine(Cli.Result result, int exit, String cure) {
        assertThat(result.exit()).as(result.err().toString()).isEqualTo(exit);
        assertThat(result.err().stream().filter(l -> !l.isBlank()).toList()).hasSize(1);
        assertThat(result.err().get(0)).startsWith("fintrail: ").contains(cure);
    }
}
