package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real haproxy piles: one incident with the right cause, pairs as haproxy itself has them, relief that relieves. */
@Tag("live")
final class HaproxyIncidentTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int COUNT = 20;

    @TempDir
    Path temporary;

    private final List<JsonNode> said = new ArrayList<>();

    private Cli trace(Subnet subnet, HaproxyLab lab, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("live", "--format", "jsonl", "--all"));
        arguments.addAll(
                List.of("--address", subnet.cidr(4), "--netns", lab.proxyNamespace(), "--snapshot-every", "1s"));
        arguments.addAll(List.of(more));
        Cli live = Cli.start(temporary, List.of(), arguments.toArray(String[]::new));
        live.awaitText("\"ready\"");
        return live;
    }

    private void read(List<String> lines) throws IOException {
        said.clear();
        for (String line : lines) {
            said.add(JSON.readTree(line));
        }
    }

    private List<JsonNode> of(String type) {
        return said.stream()
                .filter(line -> line.path("type").asText().equals(type))
                .toList();
    }

    private Set<String> kinds() {
        Set<String> kinds = new TreeSet<>();
        of("incident").forEach(incident -> kinds.add(incident.path("kind").asText()));
        return kinds;
    }

    /** Fronts with a wrong leg or none, of those that haproxy tells of. */
    private Map<String, Set<String>> mispaired(Map<String, Set<String>> truth) {
        Map<Long, String> locals = new HashMap<>();
        Map<String, Set<Long>> legs = new HashMap<>();
        for (JsonNode verdict : of("verdict")) {
            JsonNode socket = verdict.path("socket");
            locals.put(socket.path("cookie").asLong(), socket.path("local").asText());
            Set<Long> of = new HashSet<>();
            verdict.path("pairs").forEach(pair -> of.add(pair.path("cookie").asLong()));
            legs.put(socket.path("remote").asText(), of);
        }
        Map<String, Set<String>> wrong = new HashMap<>();
        truth.forEach((front, backs) -> {
            Set<String> found = new HashSet<>();
            legs.getOrDefault(front, Set.of()).forEach(cookie -> found.add(locals.get(cookie)));
            if (!found.equals(backs)) {
                wrong.put(front, found);
            }
        });
        return wrong;
    }

    private void demandEverythingWasSeen() {
        boolean lost = of("summary").get(0).path("lost").asLong() > 0;
        boolean unknown = of("verdict").stream()
                .anyMatch(line -> line.path("verdict").asText().equals("UNKNOWN"));
        if (lost || unknown) {
            throw new UnseenFacts("events were lost");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "fin-lost, PROXY_PAIR_PILE, backend, sentButLost",
        "never-closes, PROXY_PAIR_PILE, backend, unknown",
        "fin-dropped-here, PROXY_PAIR_PILE, backend, droppedHere",
        "frozen, PROCESS_FROZEN, peer, ''",
        "client-left, CLOSE_WAIT_UNREAD_PILE, peer, ''"
    })
    void namesTheOneCauseOfAPileThatItSawForm(String variant, String kind, String first, String fate)
            throws IOException {
        UnseenFacts.stagedAgain(variant, () -> {
            try (Subnet subnet = Subnet.reserve();
                    HaproxyLab lab = HaproxyLab.prepare(subnet, variant, COUNT)) {
                try (Cli live = trace(subnet, lab, "--stuck-after", "1s")) {
                    lab.go();
                    lab.awaitStanding();
                    live.await(lines -> lines.stream().anyMatch(line -> line.contains("\"kind\":\"" + kind)));
                    read(live.stop().out());
                }
            }
            demandEverythingWasSeen();
            demandIncident(kind, first, fate);
        });
    }

    private void demandIncident(String kind, String first, String fate) {
        assertThat(kinds()).containsExactly(kind);
        JsonNode incident = of("incident").get(of("incident").size() - 1);
        assertThat(incident.path("size").asInt()).isEqualTo(COUNT);
        assertThat(incident.path("holder").path("comm").asText()).isEqualTo("haproxy");
        assertThat(incident.path("closedFirst").path(first).asInt()).isEqualTo(COUNT);
        if (!fate.isEmpty()) {
            assertThat(incident.path("fin").path(fate).asInt()).isEqualTo(COUNT);
        }
    }

    @Test
    void pairsTheLegsOfAPileThatStoodBeforeWhereTheyDiffer() throws IOException {
        UnseenFacts.stagedAgain("met late", () -> {
            Map<String, Set<String>> truth;
            try (Subnet subnet = Subnet.reserve();
                    HaproxyLab lab = HaproxyLab.prepare(subnet, "fin-lost", COUNT, "--diverse")) {
                lab.go();
                lab.awaitStanding();
                truth = lab.backsOfFronts();
                try (Cli live = trace(subnet, lab, "--stuck-after", "1s")) {
                    live.await(lines -> lines.stream().anyMatch(line -> line.contains("\"incident\"")));
                    read(live.stop().out());
                }
            }
            demandEverythingWasSeen();
            demandIncident("PROXY_PAIR_PILE", "backend", "sentButLost");
            assertThat(truth).hasSize(COUNT);
            assertThat(mispaired(truth)).isEmpty();
        });
    }

    /**
     * In HTTP mode, as many a second as leave a round of haproxy's loop few requests at a time: of many it pairs fewer. So
     * they are judged afterwards: on two cores, judging makes haproxy wait.
     */
    @Tag("slow")
    @ParameterizedTest
    @CsvSource({"tcp, 1, 100000", "tcp, 2, 100000", "http, 1, 250", "http, 2, 250"})
    void pairsFiveThousandSessionsAsHaproxyDoes(String mode, String threads, String rate) throws IOException {
        UnseenFacts.stagedAgain("churn, " + mode + ", threads " + threads, () -> {
            Map<String, Set<String>> truth;
            try (Subnet subnet = Subnet.reserve();
                    HaproxyLab lab = HaproxyLab.prepare(
                            subnet, "churn", 5000, "--mode", mode, "--threads", threads, "--rate", rate)) {
                Path journal = Files.createTempDirectory(temporary, "churn").resolve("journal");
                try (Cli recorder = Cli.start(
                        temporary,
                        List.of(),
                        "record",
                        journal.toString(),
                        "--address",
                        subnet.cidr(4),
                        "--netns",
                        lab.proxyNamespace())) {
                    recorder.awaitText("recording to");
                    lab.go();
                    lab.awaitLogged();
                    truth = lab.backsOfFronts();
                    recorder.stop();
                }
                read(Cli.run(temporary, "replay", journal.toString(), "--format", "jsonl", "--all")
                        .out());
            }
            demandEverythingWasSeen();
            assertThat(truth).hasSize(5000);
            Map<String, Set<String>> mispaired = mispaired(truth);
            mispaired.forEach((front, backs) -> assertThat(truth.get(front)).containsAll(backs));
            if (!mispaired.isEmpty()) {
                throw new UnseenFacts(mispaired.size() + " sessions lack a leg");
            }
            assertThat(kinds()).isEmpty();
        });
    }

    @ParameterizedTest
    @CsvSource({"ss -K, ADMIN_KILL", "shutdown sessions, FIN_MISSING_ORPHAN"})
    void relievesWithTheCommandThatItNamesAndSaysThatItIsOver(String command, String becomes) throws IOException {
        UnseenFacts.stagedAgain(command, () -> {
            JsonNode relief;
            try (Subnet subnet = Subnet.reserve();
                    HaproxyLab lab = HaproxyLab.prepare(subnet, "fin-lost", COUNT)) {
                try (Cli live = trace(subnet, lab, "--stuck-after", "1s", "--haproxy", lab.statsSocket())) {
                    lab.go();
                    lab.awaitStanding();
                    // An incident may open before all of them stand, and grow.
                    live.await(lines -> lines.stream()
                            .anyMatch(line -> line.contains(command) && line.contains("\"frees\":" + COUNT)));
                    relief = relief(live, command);
                    run(relief.path("do").asText());
                    live.await(lines -> lines.stream().anyMatch(line -> line.contains("\"changed\":\"closed\"")));
                    read(live.stop().out());
                }
            }
            demandEverythingWasSeen();
            assertThat(of("verdict").stream()
                            .filter(line -> line.path("verdict").asText().equals(becomes))
                            .map(line -> line.path("socket").path("cookie").asLong())
                            .distinct())
                    .hasSize(COUNT);
            demandThatItIsOver();
        });
    }

    @Test
    @Tag("slow")
    void preventsTheNextPileWithTheTimeoutThatItNames() throws IOException {
        UnseenFacts.stagedAgain("prevention", () -> {
            try (Subnet subnet = Subnet.reserve();
                    HaproxyLab lab = HaproxyLab.prepare(subnet, "fin-lost", COUNT)) {
                try (Cli live = trace(subnet, lab)) {
                    lab.go();
                    lab.awaitStanding();
                    live.await(lines -> lines.stream().anyMatch(line -> line.contains("\"incident\"")));
                    lab.say("set client-fin 2s");
                    lab.awaitSet();
                    live.await(lines -> lines.stream().anyMatch(line -> line.contains("\"changed\":\"closed\"")));
                    lab.say("again");
                    lab.awaitGone();
                    read(live.stop().out());
                }
            }
            demandEverythingWasSeen();
            JsonNode first = of("incident").get(0);
            assertThat(first.path("prevent").toString()).contains("timeout client-fin");
            assertThat(of("incident").stream()
                            .filter(line -> line.path("changed").asText().equals("opened")))
                    .hasSize(1);
            demandThatItIsOver();
        });
    }

    private void demandThatItIsOver() {
        JsonNode last = of("incident").get(of("incident").size() - 1);
        assertThat(last.path("changed").asText()).isEqualTo("closed");
        assertThat(last.path("size").asInt()).isZero();
    }

    private static JsonNode relief(Cli live, String command) throws IOException {
        for (String line : live.linesSoFar()) {
            for (JsonNode relief : JSON.readTree(line).path("doNow")) {
                boolean ofAll = relief.path("frees").asInt() == COUNT;
                if (ofAll && relief.path("do").asText().contains(command)) {
                    return relief;
                }
            }
        }
        throw new AssertionError("no such relief was told: " + command);
    }

    private static void run(String command) throws IOException {
        Process process = new ProcessBuilder("bash", "-c", command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
