package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two hundred thousand healthy connections: nobody is accused, nothing grows. */
@Tag("slow")
final class SoakTest {
    private static final int ROUNDS = 10;
    private static final int CONNECTIONS = 20_000;
    private static final long MOST_RESIDENT_KIB = 1 << 20;

    @TempDir
    Path temporary;

    @Test
    void accusesNobodyAndGrowsNotInTwoHundredThousandConnections() throws IOException {
        UnseenFacts.stagedAgain("a soak", this::floodAndJudge);
    }

    private void floodAndJudge() throws IOException {
        Cli.Result live;
        long residentKib;
        try (Subnet subnet = Subnet.reserve();
                Cli cli = Cli.start(
                        temporary,
                        List.of(),
                        "live",
                        "--format",
                        "jsonl",
                        "--address",
                        subnet.cidr(4),
                        "--ring",
                        "8MiB")) {
            cli.awaitText("\"type\":\"ready\"");
            for (int round = 0; round < ROUNDS; round++) {
                try (Lab lab = Lab.prepare(subnet, "clean-fast", CONNECTIONS, 4, "--parallel", "50")) {
                    lab.go();
                    lab.awaitDone();
                }
            }
            residentKib = mostResidentKib(cli.pid());
            live = cli.stop();
        }
        JsonNode summary = new ObjectMapper().readTree(live.out().get(live.out().size() - 1));
        long clean = 0;
        for (String name : List.of("CLEAN_ACTIVE", "CLEAN_ACTIVE_LATE", "CLEAN_PASSIVE")) {
            clean += summary.path("verdicts").path(name).asLong();
        }
        long lost = summary.path("lost").asLong();
        assertThat(live.out().stream().filter(l -> l.contains("\"type\":\"verdict\"")))
                .allMatch(l -> l.contains("\"certainty\":\"inconclusive\""));
        assertThat(clean).isLessThanOrEqualTo(2L * ROUNDS * CONNECTIONS);
        assertThat(residentKib).isLessThan(MOST_RESIDENT_KIB);
        if (clean < 2L * ROUNDS * CONNECTIONS - lost) {
            throw new UnseenFacts(summary.toString());
        }
    }

    private static long mostResidentKib(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(l -> l.startsWith("VmHWM:"))
                .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
