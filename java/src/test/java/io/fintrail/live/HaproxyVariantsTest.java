package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each variant of the pile, seen in four ways at once: from birth and attached late, by a tracer that sees every namespace
 * and by one that sees the proxy's alone.
 */
@Tag("slow")
final class HaproxyVariantsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int COUNT = 20;
    private static final long WHATEVER_ELSE_IS_SAID_NS = TimeUnit.SECONDS.toNanos(4);

    @TempDir
    Path temporary;

    /** Where a tracer stands. */
    private enum Seen {
        BIRTH_ALL,
        BIRTH_ALONE,
        LATE_ALL,
        LATE_ALONE;

        boolean isLate() {
            return this == LATE_ALL || this == LATE_ALONE;
        }

        boolean isAlone() {
            return this == BIRTH_ALONE || this == LATE_ALONE;
        }
    }

    /**
     * The last four columns: what became of the browsers' FINs, as far as each can know. From the proxy alone it is known
     * that a FIN was sent only where it carried the acknowledgement of ours; a repeat that this host drops may or may not
     * come while a late tracer looks.
     */
    @ParameterizedTest
    @CsvSource({
        "fin-lost, PROXY_PAIR_PILE, backend, unknown, sentButLost, sentButLost, sentButLost, sentButLost",
        "fin-dropped-here, PROXY_PAIR_PILE, backend, unknown, droppedHere, droppedHere, droppedHere, droppedHere",
        "never-closes, PROXY_PAIR_PILE, backend, unknown, neverSent, unknown, neverSent, unknown",
        "conntrack-forgets, PROXY_PAIR_PILE, backend, unknown, droppedHere, droppedHere, sentButLost+droppedHere,"
                + " unknown+droppedHere",
        "proxy-timed-out, FIN_MISSING_PILE, local, local, sentButLost, sentButLost, sentButLost, unknown",
        "frozen, PROCESS_FROZEN, peer, peer, '', '', '', ''",
        "http-keepalive-idle, '', '', '', '', '', '', ''",
        "http-keepalive-timeout, FIN_MISSING_PILE, local, local, sentButLost, sentButLost, sentButLost, unknown",
        "http-close, FIN_MISSING_PILE, local, local, sentButLost, sentButLost, sentButLost, unknown",
        "client-left, CLOSE_WAIT_UNREAD_PILE, peer, peer, '', '', '', ''"
    })
    void namesTheOneCauseWhereverItIsSeenFrom(
            String variant,
            String kind,
            String first,
            String firstLate,
            String birthAll,
            String birthAlone,
            String lateAll,
            String lateAlone)
            throws IOException {
        Map<Seen, String> fates = Map.of(
                Seen.BIRTH_ALL, birthAll,
                Seen.BIRTH_ALONE, birthAlone,
                Seen.LATE_ALL, lateAll,
                Seen.LATE_ALONE, lateAlone);
        UnseenFacts.stagedAgain(variant, () -> {
            Map<Seen, List<JsonNode>> said = watch(variant, kind, fates);
            for (Seen seen : Seen.values()) {
                demandEverythingWasSeen(said.get(seen));
            }
            for (Seen seen : Seen.values()) {
                List<JsonNode> incidents = of("incident", said.get(seen));
                assertThat(incidents.stream().map(i -> i.path("kind").asText()).distinct())
                        .as(variant + " " + seen)
                        .containsExactlyElementsOf(kind.isEmpty() ? List.of() : List.of(kind));
                if (!kind.isEmpty()) {
                    demand(
                            variant + " " + seen,
                            incidents.get(incidents.size() - 1),
                            seen.isLate() ? firstLate : first,
                            fates.get(seen));
                }
            }
        });
    }

    private static void demand(String what, JsonNode incident, String first, String fates) {
        assertThat(incident.path("size").asInt()).as(what).isEqualTo(COUNT);
        assertThat(incident.path("closedFirst").path(first).asInt()).as(what).isEqualTo(COUNT);
        assertThat(counted(incident, fates))
                .as(what + " " + incident.path("fin"))
                .isEqualTo(fates.isEmpty() ? 0 : COUNT);
    }

    private static int counted(JsonNode incident, String fates) {
        String names = fates.isEmpty() ? "sentButLost+neverSent+unsent+droppedHere+unknown" : fates;
        return Stream.of(names.split("[+]"))
                .mapToInt(fate -> incident.path("fin").path(fate).asInt())
                .sum();
    }

    /** What is learned of an incident later is told every ten seconds. */
    private static boolean isTold(List<String> lines, String kind, String fates) {
        try {
            for (int i = lines.size() - 1; i >= 0; i--) {
                String line = lines.get(i);
                if (line.contains("\"kind\":\"" + kind)) {
                    return fates.isEmpty() || counted(JSON.readTree(line), fates) == COUNT;
                }
            }
            return false;
        } catch (JsonProcessingException e) {
            return false; // not all of it is written
        }
    }

    private Map<Seen, List<JsonNode>> watch(String variant, String kind, Map<Seen, String> fates) throws IOException {
        Map<Seen, Cli> tracers = new EnumMap<>(Seen.class);
        Map<Seen, List<JsonNode>> said = new EnumMap<>(Seen.class);
        try (Subnet subnet = Subnet.reserve();
                HaproxyLab lab = HaproxyLab.prepare(subnet, variant, COUNT)) {
            begin(tracers, subnet, lab, false);
            lab.go();
            lab.awaitStanding();
            begin(tracers, subnet, lab, true);
            for (Map.Entry<Seen, Cli> tracer : tracers.entrySet()) {
                String fate = fates.get(tracer.getKey());
                tracer.getValue().await(lines -> kind.isEmpty() || isTold(lines, kind, fate));
            }
            LockSupport.parkNanos(WHATEVER_ELSE_IS_SAID_NS);
            for (Map.Entry<Seen, Cli> tracer : tracers.entrySet()) {
                List<JsonNode> lines = new ArrayList<>();
                for (String line : tracer.getValue().stop().out()) {
                    lines.add(JSON.readTree(line));
                }
                said.put(tracer.getKey(), lines);
            }
        } finally {
            tracers.values().forEach(Cli::close);
        }
        return said;
    }

    private void begin(Map<Seen, Cli> tracers, Subnet subnet, HaproxyLab lab, boolean isLate) throws IOException {
        for (Seen seen : Seen.values()) {
            if (seen.isLate() == isLate) {
                List<String> arguments = new ArrayList<>(List.of("live", "--format", "jsonl", "--all"));
                arguments.addAll(List.of("--address", subnet.cidr(4), "--snapshot-every", "1s", "--stuck-after", "1s"));
                if (seen.isAlone()) {
                    arguments.addAll(List.of("--netns", lab.proxyNamespace()));
                }
                tracers.put(seen, Cli.start(temporary, List.of(), arguments.toArray(String[]::new)));
            }
        }
        for (Cli tracer : tracers.values()) {
            tracer.awaitText("\"ready\"");
        }
    }

    private static List<JsonNode> of(String type, List<JsonNode> lines) {
        return lines.stream()
                .filter(line -> line.path("type").asText().equals(type))
                .toList();
    }

    private static void demandEverythingWasSeen(List<JsonNode> lines) {
        boolean lost = of("summary", lines).get(0).path("lost").asLong() > 0;
        boolean unknown = of("verdict", lines).stream()
                .anyMatch(line -> line.path("verdict").asText().equals("UNKNOWN"));
        if (lost || unknown) {
            throw new UnseenFacts("events were lost");
        }
    }
}
