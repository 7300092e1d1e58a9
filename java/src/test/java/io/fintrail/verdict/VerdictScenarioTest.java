package io.fintrail.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every trail in src/test/resources/trails gives the verdict lines that its comments announce. */
class VerdictScenarioTest {
    /** These need a look at the sockets themselves: no event proves them. */
    private static final Set<VerdictName> NEED_SNAPSHOTS =
            EnumSet.of(VerdictName.FIN_OUT_OF_ORDER, VerdictName.CLOSE_WAIT_PAIRED, VerdictName.HALF_OPEN);

    static List<Scenario> scenarios() {
        return Scenario.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void givesTheVerdictsThatTheTrailAnnounces(Scenario scenario) {
        List<ExpectedVerdict> expected = scenario.expected();

        List<String> lines = Scenario.judge(
                scenario.trail(),
                (verdict, index) -> ExpectedVerdict.line(
                        verdict, index < expected.size() ? expected.get(index).facts() : Set.of()));

        assertThat(lines)
                .containsExactlyElementsOf(
                        expected.stream().map(ExpectedVerdict::line).toList());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void saysTheSameAfterATripThroughTheWriter(Scenario scenario) {
        String rewritten = Scenario.rewrite(scenario.trail());

        assertThat(Scenario.rewrite(rewritten)).isEqualTo(rewritten);
        assertThat(Scenario.judge(rewritten, VerdictScenarioTest::everything))
                .isEqualTo(Scenario.judge(scenario.trail(), VerdictScenarioTest::everything));
    }

    private static String everything(Verdict verdict, int index) {
        String evidence = verdict.story().events().stream()
                .map(e -> e.index() + ":" + e.event().kind() + "@" + e.atNs() + e.reason())
                .collect(Collectors.joining(" "));
        return index + " " + ExpectedVerdict.line(verdict, ExpectedVerdict.OPTIONAL_FACTS) + " at " + verdict.atNs()
                + " " + verdict.meaning() + " missing: " + verdict.missing() + " " + verdict.findings() + " "
                + verdict.kernelEnds() + " " + verdict.story().local() + "-"
                + verdict.story().remote() + " " + evidence;
    }

    @Test
    void everyTrailSaysWhatItIsAbout() {
        assertThat(Scenario.all())
                .isNotEmpty()
                .allSatisfy(scenario ->
                        assertThat(scenario.trail()).as(scenario.name()).startsWith("# "));
    }

    @Test
    void everyVerdictIsExpectedSomewhere() {
        Set<VerdictName> missing = EnumSet.allOf(VerdictName.class);
        missing.removeAll(NEED_SNAPSHOTS);
        expectedLines().forEach(line -> missing.remove(VerdictName.valueOf(line.substring(0, line.indexOf(' ')))));

        assertThat(missing).isEmpty();
    }

    @Test
    void everyFindingIsExpectedSomewhere() {
        List<String> lines = expectedLines();

        assertThat(Arrays.stream(FindingName.values())
                        .filter(finding ->
                                lines.stream().noneMatch(line -> (line + " ").contains("finding=" + finding + " "))))
                .isEmpty();
    }

    private static List<String> expectedLines() {
        return Scenario.all().stream()
                .flatMap(scenario -> scenario.expected().stream())
                .map(ExpectedVerdict::line)
                .toList();
    }
}
