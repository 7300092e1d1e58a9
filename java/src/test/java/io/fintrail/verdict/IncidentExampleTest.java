package io.fintrail.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The recording of haproxy's pile, as it is and with its names and addresses replaced. */
class IncidentExampleTest {
    private static final Pattern HOST_WORDS = Pattern.compile(
            "(?:local|remote)=(.+?):\\d+\\b|(?:host|boot|run|comm|executable|unit|container|pod)=(\\S+)");

    private static String example() throws IOException {
        return Files.readString(
                Path.of(System.getProperty("fintrail.home", "."), "tools/examples/haproxy-incident.trail"));
    }

    /** The last verdict on each connection: name, local port of the fronts, whether a lost FIN was sent, holder. */
    private static Map<String, Long> standing(String trail, Function<Verdict, String> shown) {
        List<String> lines = Scenario.judge(
                trail,
                (verdict, index) -> verdict.story().id() + "\t" + verdict.isFinal() + "\t" + shown.apply(verdict));
        return lines.stream()
                .collect(Collectors.toMap(line -> line.split("\t")[0], line -> line, (before, now) -> now))
                .values()
                .stream()
                .collect(Collectors.groupingBy(line -> line.substring(line.indexOf('\t') + 1), Collectors.counting()));
    }

    private static String front(Verdict verdict) {
        int port = verdict.story().local().port();
        return verdict.name()
                + (port == 8686 ? " front " : " back ")
                + verdict.story().peerFin().sentButLost();
    }

    @Test
    void showsEightPairsWhoseBrowsersFinWasLost() throws IOException {
        Map<String, Long> standing = standing(example(), verdict -> front(verdict) + " " + comms(verdict));

        assertThat(standing.remove("false\tFIN_MISSING_HELD front true [haproxy]"))
                .isEqualTo(8);
        assertThat(standing).isEqualTo(Map.of("false\tCLOSE_WAIT_PAIRED back false [haproxy]", 8L));
    }

    private static Set<String> comms(Verdict verdict) {
        return verdict.story().holders().stream().map(holder -> holder.comm()).collect(Collectors.toSet());
    }

    @Test
    void showsTheSameWithNamesReplaced() throws IOException {
        assertThat(standing(Scenario.anonymize(example()), IncidentExampleTest::front))
                .isEqualTo(standing(example(), IncidentExampleTest::front))
                .isNotEmpty();
    }

    @Test
    void holdsNoWordOfTheHostAnyMoreWhenNamesAreReplaced() throws IOException {
        Set<String> words = hostWords(example());
        String anonymized = Scenario.anonymize(example());

        assertThat(words).contains("haproxy", "/usr/sbin/haproxy").hasSizeGreaterThan(6);
        assertThat(anonymized.lines().filter(line -> words.stream().anyMatch(line::contains)))
                .isEmpty();
        assertThat(hostWords(anonymized))
                .allMatch(word -> word.matches("10\\.0\\.0\\.\\d|(process|executable|host|boot|run)-\\d"));
    }

    private static Set<String> hostWords(String trail) {
        return HOST_WORDS
                .matcher(trail.lines().filter(line -> !line.startsWith("#")).collect(Collectors.joining("\n")))
                .results()
                .map(IncidentExampleTest::word)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String word(MatchResult found) {
        return found.group(1) != null ? found.group(1) : found.group(2);
    }
}
