package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** `stuck` where BTF is hidden from it: through inet_diag it says of the same sockets what it says through iterators. */
@Tag("live")
final class StuckByDiagTest {
    private static final int COUNT = 5;

    /** In a mount namespace of its own, whose changes reach nobody else. */
    private static final List<String> WITHOUT_BTF = List.of(
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            "mount -t tmpfs none /sys/kernel/btf && exec \"$@\"",
            "sh");

    @TempDir
    Path temporary;

    /** What is compared of a verdict, by the socket's addresses. */
    private Map<String, String> stuck(List<String> wrapper, String cidr) throws IOException {
        Cli.Result result = Cli.run(temporary, wrapper, "stuck", "--format", "jsonl", "--address", cidr);
        assertThat(result.exit()).as(String.join("\n", result.err())).isZero();
        Map<String, String> verdicts = new TreeMap<>();
        for (String line : result.out()) {
            JsonNode said = new ObjectMapper().readTree(line);
            if (said.path("type").asText().equals("verdict")) {
                verdicts.put(
                        said.path("socket").path("local").asText() + " > "
                                + said.path("socket").path("remote").asText(),
                        comparable(said));
            }
        }
        boolean saysWhatIsMissing = result.out().stream().anyMatch(line -> line.contains("\"type\":\"limits\""));
        assertThat(saysWhatIsMissing).isEqualTo(!wrapper.isEmpty());
        return verdicts;
    }

    /** A situation stands before its sockets are stuck: a peer is half open only after some repeats were not answered. */
    private Map<String, String> stuckOnceAllAre(int count, String cidr) throws IOException {
        long endNs = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        Map<String, String> verdicts = stuck(List.of(), cidr);
        while (verdicts.size() < count && System.nanoTime() < endNs) {
            verdicts = stuck(List.of(), cidr);
        }
        assertThat(verdicts).hasSize(count);
        return verdicts;
    }

    private static String comparable(JsonNode verdict) {
        List<String> holders = new ArrayList<>();
        verdict.path("holders")
                .forEach(h -> holders.add(h.path("comm").asText() + "["
                        + h.path("pid").asInt() + "] fd " + h.path("fd").asInt()));
        holders.sort(null);
        return String.join(
                " ",
                verdict.path("verdict").asText(),
                verdict.path("certainty").asText(),
                verdict.path("state").asText(),
                verdict.path("ownership").asText(),
                verdict.path("bytes").toString(),
                verdict.path("kernelEnds").path("by").asText(),
                holders.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "close-wait-unread, 4, 2",
        "close-wait-unaccepted, 6, 2",
        "orphan-waiting, 4, 2",
        "fin-retransmitting, 4, 1",
        "zero-window, 4, 1",
        "shared-fd, 4, 2"
    })
    void saysTheSameAsWithIterators(String situation, int family, int verdictsOfEach) throws IOException {
        compare(situation, family, verdictsOfEach);
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({
        "close-wait-unread, 6, 2",
        "fin-missing-held, 4, 2",
        "fin-out-waiting, 6, 1",
        "half-open, 4, 1",
    })
    void saysTheSameOfMore(String situation, int family, int verdictsOfEach) throws IOException {
        compare(situation, family, verdictsOfEach);
    }

    private void compare(String situation, int family, int verdictsOfEach) throws IOException {
        try (Subnet subnet = Subnet.reserve();
                Lab lab = Lab.prepare(subnet, situation, COUNT, family)) {
            lab.go();
            lab.awaitStanding();

            // First: a minisock has a cookie after a dump, and iterators have to give it one themselves.
            Map<String, String> byIterators = stuckOnceAllAre(verdictsOfEach * COUNT, subnet.cidr(family));
            Map<String, String> byDiag = stuck(WITHOUT_BTF, subnet.cidr(family));

            assertThat(byDiag).isEqualTo(byIterators);
            lab.go();
            lab.awaitDone();
        }
    }

    /** Whether a FIN waits behind a hole is not told: of the receiver nothing is said, and nobody is accused of keeping it. */
    @ParameterizedTest
    @CsvSource({"fin-out-of-order", "held-after-close"})
    void saysNothingOfWhatItCannotSee(String situation) throws IOException {
        try (Subnet subnet = Subnet.reserve();
                Lab lab = Lab.prepare(subnet, situation, COUNT, 4)) {
            lab.go();
            lab.awaitStanding();

            Map<String, String> byDiag = stuck(WITHOUT_BTF, subnet.cidr(4));
            Map<String, String> byIterators = stuck(List.of(), subnet.cidr(4));

            assertThat(byIterators).containsAllEntriesOf(byDiag);
            assertThat(byDiag).hasSizeLessThan(byIterators.size());
            lab.go();
            lab.awaitDone();
        }
    }
}
