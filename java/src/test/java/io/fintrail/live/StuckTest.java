package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `stuck`: one look at what stands, by whoever calls it. */
@Tag("live")
final class StuckTest {
    private static final int COUNT = 7;

    @TempDir
    Path temporary;

    /** Runs something while the situation stands. */
    private interface Look {
        void at(String cidr) throws IOException;
    }

    private static void whileStanding(String situation, Look look) throws IOException {
        try (Subnet subnet = Subnet.reserve();
                Lab lab = Lab.prepare(subnet, situation, COUNT, 4)) {
            lab.go();
            lab.awaitStanding();
            look.at(subnet.cidr(4));
            lab.go();
            lab.awaitDone();
        }
    }

    private List<JsonNode> stuck(String cidr, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("stuck", "--format", "jsonl", "--address", cidr));
        arguments.addAll(List.of(more));
        Cli.Result result = Cli.run(temporary, arguments.toArray(String[]::new));
        assertThat(result.exit()).as(String.join("\n", result.err())).isZero();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : result.out()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }

    private static List<JsonNode> of(List<JsonNode> lines, String type) {
        return lines.stream().filter(l -> l.path("type").asText().equals(type)).toList();
    }

    @Test
    void namesEachSocketAndGroupsThoseThatStandAlike() throws IOException {
        whileStanding("close-wait-unread", cidr -> {
            List<JsonNode> lines = stuck(cidr);

            assertThat(lines.get(0).path("type").asText()).isEqualTo("ready");
            assertThat(of(lines, "verdict"))
                    .hasSize(2 * COUNT)
                    .allSatisfy(v -> assertThat(v.path("final").asBoolean()).isFalse())
                    .allSatisfy(v ->
                            assertThat(v.path("sinceIsAtLeast").asBoolean()).isTrue())
                    .allSatisfy(
                            v -> assertThat(v.path("holders").path(0).path("fd").isInt())
                                    .isTrue());
            assertThat(of(lines, "group"))
                    .hasSize(2)
                    .allSatisfy(g -> assertThat(g.path("count").asInt()).isEqualTo(COUNT));
            assertThat(of(lines, "group").stream()
                            .map(g -> g.path("verdict").asText() + " "
                                    + g.path("holder").path("comm").asText() + " "
                                    + g.path("service").asText()))
                    .containsExactlyInAnyOrder(
                            "CLOSE_WAIT_EOF_UNREAD lab-far :9000",
                            "FIN_MISSING_HELD lab-near " + cidr.replace("0/24", "2:9000"));
            JsonNode summary = lines.get(lines.size() - 1);
            assertThat(summary.path("sockets").path("CLOSE_WAIT").asInt()).isEqualTo(COUNT);
            assertThat(summary.path("sockets").path("FIN_WAIT2").asInt()).isEqualTo(COUNT);
        });
    }

    @Test
    void exitsWithTenWhenMoreAreStuckThanAllowed() throws IOException {
        whileStanding("fin-missing-held", cidr -> {
            String allowed = Integer.toString(2 * COUNT);
            String fewer = Integer.toString(2 * COUNT - 1);

            assertThat(Cli.run(temporary, "stuck", "--address", cidr, "--check", allowed)
                            .exit())
                    .isZero();
            assertThat(Cli.run(temporary, "stuck", "--address", cidr, "--check", fewer)
                            .exit())
                    .isEqualTo(10);
            assertThat(Cli.run(temporary, "stuck", "--address", cidr, "--check", "0", "--older-than", "1h")
                            .exit())
                    .isZero();
        });
    }

    @Test
    void printsGroupsThatFitATerminal() throws IOException {
        whileStanding("holder-frozen", cidr -> {
            Cli.Result result = Cli.run(temporary, "stuck", "--address", cidr, "--older-than", "1ms");

            assertThat(result.out()).allSatisfy(l -> assertThat(l).hasSizeLessThanOrEqualTo(100));
            assertThat(result.out().get(0))
                    .startsWith(2 * COUNT + " of " + 2 * COUNT + " sockets are stuck, in 2 groups");
            assertThat(String.join(" ", result.out())).contains("frozen: 1 thread, 1 stopped");
        });
    }

    @Test
    void saysThatNothingIsStuck() throws IOException {
        try (Subnet subnet = Subnet.reserve()) {
            assertThat(Cli.run(temporary, "stuck", "--address", subnet.cidr(4), "--check", "0"))
                    .satisfies(result -> assertThat(result.exit()).isZero())
                    .satisfies(result ->
                            assertThat(result.out()).first().asString().startsWith("0 of 0 sockets"));
        }
    }
}
