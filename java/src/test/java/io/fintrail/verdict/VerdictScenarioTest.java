package io.fintrail.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every trail in src/test/resources/trails gives the verdict lines that its comments announce. */
class VerdictScenarioTest {
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

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void judgesTheSameWhereNamesAndAddressesAreReplaced(Scenario scenario) {
        assertThat(Scenario.judge(Scenario.anonymize(scenario.trail()), VerdictScenarioTest::withoutNames))
                .isEqualTo(Scenario.judge(scenario.trail(), VerdictScenarioTest::withoutNames));
    }

    private static String withoutNames(Verdict verdict, int index) {
        Set<String> facts = new TreeSet<>(ExpectedVerdict.OPTIONAL_FACTS);
        facts.removeAll(Set.of("holder", "holders"));
        return ExpectedVerdict.line(verdict, facts) + " at " + verdict.atNs() + " missing: " + verdict.missing();
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
}
