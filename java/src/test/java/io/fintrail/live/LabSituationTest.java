package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fintrail.capture.CaptureFilter;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Certainty;
import io.fintrail.verdict.Finding;
import io.fintrail.verdict.Severity;
import io.fintrail.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every situation of tools/lab, judged three times at once: with both ends in view, and from each end alone. The lab
 * says what it staged; nothing more and nothing less may be reported.
 */
@Tag("live")
@Execution(ExecutionMode.CONCURRENT)
final class LabSituationTest {
    private static final Map<String, Map<String, Integer>> NOTHING =
            Map.of("missing", Map.of(), "unexpected", Map.of());
    private static final int COUNT = Integer.getInteger("lab.count", 50);

    @TempDir
    Path temporary;

    static Stream<Arguments> situations() throws IOException {
        String only = System.getProperty("lab.only", "");
        return Lab.situations().stream()
                .filter(s -> only.isEmpty() || Set.of(only.split(",")).contains(s))
                .flatMap(s -> Stream.of(Arguments.of(s, 4), Arguments.of(s, 6)));
    }

    @ParameterizedTest(name = "{0} over IPv{1}")
    @MethodSource("situations")
    void judgesWhatWasStaged(String situation, int family) throws IOException {
        UnseenFacts.stagedAgain(situation + " over IPv" + family, () -> stageAndCompare(situation, family));
    }

    private void stageAndCompare(String situation, int family) throws IOException {
        Duration stuckAfter = Duration.ofMillis(500);
        int ring = 1 << 20;
        LiveRun both;
        LiveRun near;
        LiveRun far;
        Map<String, Map<String, Integer>> pids = new TreeMap<>();
        Map<String, List<Verdict>> standing = new TreeMap<>();
        try (Subnet subnet = Subnet.reserve();
                Lab lab = Lab.prepare(subnet, situation, COUNT, family)) {
            String addresses = subnet.cidr(family);
            Set<Long> own = Set.of(lab.netns("near"), lab.netns("far"));
            both = new LiveRun(temporary, CaptureFilter.of(List.of(), addresses, 0), ring, stuckAfter);
            near = new LiveRun(temporary, CaptureFilter.of(List.of(), addresses, lab.netns("near")), ring, stuckAfter);
            far = new LiveRun(temporary, CaptureFilter.of(List.of(), addresses, lab.netns("far")), ring, stuckAfter);
            try {
                lab.go();
                if (lab.stands()) {
                    lab.awaitStanding();
                    for (String side : List.of("near", "far")) {
                        standing.put(side, awaitStanding(both, lab, side));
                    }
                    lab.go();
                }
                lab.awaitDone();
                pids.put("near", lab.pids("near"));
                pids.put("far", lab.pids("far"));
                int expected = finals(lab.expected("near")) + finals(lab.expected("far"));
                both.await(expected, v -> v.isFinal() && own.contains(v.story().netns()), Duration.ofSeconds(8));
            } finally {
                both.close();
                near.close();
                far.close();
            }
            for (String side : List.of("near", "far")) {
                List<Verdict> verdicts = of(both, lab.netns(side));
                comparesTo(
                        lab.expected(side),
                        verdicts,
                        standing.getOrDefault(side, List.of()),
                        side + " of " + situation,
                        !both.gaps().isEmpty());
                namesOnlyOwners(pids.get(side), verdicts);
                sameOrLessSure(verdicts, of(side.equals("near") ? near : far, lab.netns(side)));
            }
        }
    }

    /** The newest word on each socket that stands, once all of them are as expected, or after a while. */
    private static List<Verdict> awaitStanding(LiveRun run, Lab lab, String side) {
        JsonNode expected = lab.expected(side).path("standing");
        long netns = lab.netns(side);
        long endNs = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        List<Verdict> newest = newestStanding(run, netns);
        Set<String> findings = new java.util.HashSet<>();
        lab.expected(side).path("standingFindings").fieldNames().forEachRemaining(findings::add);
        while (System.nanoTime() < endNs
                && (!unmatched(expected, newest, false).equals(NOTHING)
                        || !newest.stream().allMatch(v -> findings(v).containsAll(findings)))) {
            run.await(run.verdicts().size() + 1, v -> true, Duration.ofMillis(200));
            newest = newestStanding(run, netns);
        }
        return newest;
    }

    /** A connection that is over stands while somebody holds it. */
    private static List<Verdict> newestStanding(LiveRun run, long netns) {
        Map<Object, Verdict> newest = new HashMap<>();
        of(run, netns).stream()
                .filter(v -> !v.isFinal() || findings(v).contains("HELD_AFTER_CLOSE"))
                .forEach(v -> newest.put(v.story().id(), v));
        return new ArrayList<>(newest.values());
    }

    private static int finals(JsonNode expected) {
        int count = 0;
        for (JsonNode value : expected.path("verdicts")) {
            count += value.asInt();
        }
        return count;
    }

    /** The last final verdict on each socket of a namespace, and every standing one. */
    private static List<Verdict> of(LiveRun run, long netns) {
        return run.verdicts().stream().filter(v -> v.story().netns() == netns).toList();
    }

    private static List<Verdict> lastFinals(List<Verdict> verdicts) {
        Map<Object, Verdict> last = new HashMap<>();
        verdicts.stream()
                .filter(Verdict::isFinal)
                .forEach(v -> last.put(v.story().id(), v));
        return new ArrayList<>(last.values());
    }

    private static void comparesTo(
            JsonNode expected, List<Verdict> verdicts, List<Verdict> standing, String where, boolean lossy) {
        matches(expected.path("verdicts"), lastFinals(verdicts), where + ", final", lossy);
        matches(expected.path("standing"), standing, where + ", standing", lossy);
        expected.path("standingFindings")
                .properties()
                .forEach(finding -> assertThat(standing)
                        .as(finding.getKey() + " " + where + ", standing")
                        .filteredOn(v -> findings(v).contains(finding.getKey()))
                        .hasSize(finding.getValue().asInt()));
        expected.path("findings").properties().forEach(finding -> {
            long found = lastFinals(verdicts).stream()
                    .filter(v -> findings(v).contains(finding.getKey()))
                    .count();
            assertThat(found)
                    .as(finding.getKey() + " " + where)
                    .isEqualTo(finding.getValue().asLong());
        });
        Set<String> allowed = new java.util.HashSet<>();
        expected.path("findings").fieldNames().forEachRemaining(allowed::add);
        expected.path("mayFind").forEach(name -> allowed.add(name.asText()));
        expected.path("mayFind").fieldNames().forEachRemaining(allowed::add);
        lastFinals(verdicts).forEach(v -> assertThat(allowed).as(where).containsAll(findings(v)));
    }

    private static List<String> findings(Verdict verdict) {
        return verdict.findings().stream().map(Finding::name).map(Enum::name).toList();
    }

    /**
     * Names may be alternatives, "A|B": each verdict takes the first that still has room. Where events were lost, and
     * counted, an inconclusive one may stand for any.
     */
    private static void matches(JsonNode expected, List<Verdict> verdicts, String where, boolean lossy) {
        Map<String, Map<String, Integer>> unmatched = unmatched(expected, verdicts, lossy);
        if (!unmatched.equals(NOTHING) && saysNothingWrong(unmatched, expected, verdicts)) {
            throw new UnseenFacts(where + ": " + unmatched);
        }
        assertThat(unmatched).as(where).isEqualTo(NOTHING);
    }

    /** Some are unknown, or not yet judged (a reset that was not seen looks like a wait for the peer's FIN), or not paired. */
    private static boolean saysNothingWrong(
            Map<String, Map<String, Integer>> unmatched, JsonNode expected, List<Verdict> verdicts) {
        return unmatched(expected, verdicts, true).equals(NOTHING)
                || unmatched.get("unexpected").isEmpty()
                || pairedTooSlowly(unmatched);
    }

    /** A proxy's thread that waits for a processor longer than legs are paired for: one leg's half-close is not led on to. */
    private static boolean pairedTooSlowly(Map<String, Map<String, Integer>> unmatched) {
        return unmatched.get("missing").keySet().equals(Set.of("CLOSE_WAIT_PAIRED"))
                && unmatched.get("unexpected").keySet().equals(Set.of("CLOSE_WAIT_EOF_MAYBE_READ"));
    }

    private static Map<String, Map<String, Integer>> unmatched(
            JsonNode expected, List<Verdict> verdicts, boolean lossy) {
        Map<String, Integer> room = new TreeMap<>();
        expected.properties().forEach(e -> room.put(e.getKey(), e.getValue().asInt()));
        Map<String, Integer> unexpected = new TreeMap<>();
        for (Verdict verdict : verdicts) {
            String name = verdict.name().name();
            String slot = room.keySet().stream()
                    .filter(k -> room.get(k) > 0)
                    .filter(k -> Arrays.asList(k.split("\\|")).contains(name)
                            || (lossy && verdict.certainty() == Certainty.INCONCLUSIVE))
                    .findFirst()
                    .orElse(null);
            if (slot == null) {
                unexpected.merge(name, 1, Integer::sum);
            } else {
                room.merge(slot, -1, Integer::sum);
            }
        }
        room.values().removeIf(left -> left == 0);
        return Map.of("missing", room, "unexpected", unexpected);
    }

    private static void namesOnlyOwners(Map<String, Integer> pids, List<Verdict> verdicts) {
        for (Verdict verdict : verdicts) {
            SocketLifecycle story = verdict.story();
            String connection = story.local() + " > " + story.remote();
            if (story.holder() != null && pids.containsKey(connection)) {
                assertThat(story.holder().pid()).as("owner of " + connection).isEqualTo(pids.get(connection));
            }
        }
    }

    /** From one end alone: the same verdict, or an honest loss of certainty. */
    private static void sameOrLessSure(List<Verdict> both, List<Verdict> alone) {
        Map<Object, Verdict> byId = lastFinals(both).stream()
                .collect(Collectors.toMap(v -> v.story().id(), v -> v));
        List<Verdict> finals = lastFinals(alone);
        assertThat(finals).hasSameSizeAs(byId.values());
        for (Verdict verdict : finals) {
            Verdict other = byId.get(verdict.story().id());
            boolean less = verdict.certainty() != Certainty.CERTAIN;
            assertThat(other != null && (less || other.name() == verdict.name()))
                    .as(verdict.story().id() + ": " + verdict.name() + " from one end, "
                            + (other == null ? "nothing" : other.name()) + " from both")
                    .isTrue();
            // Each tracer looks at its own moments, so one may meet a descriptor that is about to be closed.
            boolean worse =
                    verdict.severity() == Severity.PROBLEM && !findings(verdict).contains("HELD_AFTER_CLOSE");
            assertThat(less || !worse || other.severity() == Severity.PROBLEM).isTrue();
        }
    }
}
