package io.fintrail.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fintrail.verdict.Severity;
import io.fintrail.verdict.VerdictName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The files in tools/prometheus speak of what an audit serves, and of every problem. */
class PrometheusFilesTest {
    private static final Path FOLDER = Path.of(System.getProperty("fintrail.home"), "tools", "prometheus");
    private static final Pattern METRIC = Pattern.compile("fintrail_[a-z_]+");
    private static final Set<String> SERVED = Set.of(
            "fintrail_closes_total",
            "fintrail_half_closed_sockets",
            "fintrail_half_closed_age_seconds_bucket",
            "fintrail_incident_sockets",
            "fintrail_standing_sockets",
            "fintrail_fin_retransmits_total",
            "fintrail_events_total",
            "fintrail_events_lost_total",
            "fintrail_stories_total",
            "fintrail_stories_unplaced_total",
            "fintrail_stories_evicted_total",
            "fintrail_tracked_sockets",
            "fintrail_ledger_places",
            "fintrail_journal_bytes",
            "fintrail_process_cpu_seconds_total",
            "fintrail_process_resident_bytes",
            "fintrail_bpf_seconds_total",
            "fintrail_build_info");

    @Test
    void everyProblemIsInAnAlert() throws IOException {
        String rules = Files.readString(FOLDER.resolve("rules.yml"));
        List<String> problems = Arrays.stream(VerdictName.values())
                .filter(v -> v.severity() == Severity.PROBLEM)
                .map(Enum::name)
                .toList();

        assertThat(problems)
                .isNotEmpty()
                .allSatisfy(name -> assertThat(rules).as(name).containsPattern("[\"|]" + name + "[\"|]"));
    }

    /** No rule of a close says these, so no close is ever counted as one. */
    @Test
    void whatOnlyStandsIsAskedForWhereItStands() throws IOException {
        List<String> closed = Files.readString(FOLDER.resolve("rules.yml"))
                .lines()
                .flatMap(l -> Arrays.stream(l.split("\\bor\\b")))
                .filter(l -> l.contains("fintrail_closes_total"))
                .toList();
        List<String> standing = List.of(
                "FIN_MISSING_HELD",
                "FIN_OUT_OF_ORDER",
                "FIN_RETRANSMITTING",
                "FIN_UNSENT_ZERO_WINDOW",
                "CLOSE_WAIT_EOF_UNREAD",
                "CLOSE_WAIT_EOF_MAYBE_READ",
                "CLOSE_WAIT_UNACCEPTED",
                "CLOSE_WAIT_PAIRED",
                "HALF_OPEN");

        assertThat(closed)
                .isNotEmpty()
                .allSatisfy(
                        query -> assertThat(standing).noneMatch(name -> query.matches(".*[\"|]" + name + "[\"|].*")));
    }

    @Test
    void nothingIsAskedForThatIsNotServed() throws IOException {
        Set<String> asked = new TreeSet<>();
        for (String file : List.of("rules.yml", "dashboard.json")) {
            Matcher metric = METRIC.matcher(Files.readString(FOLDER.resolve(file)));
            while (metric.find()) {
                asked.add(metric.group());
            }
        }

        assertThat(SERVED).containsAll(asked);
    }

    @Test
    void everyPanelHasAQuery() throws IOException {
        JsonNode dashboard =
                new ObjectMapper().readTree(FOLDER.resolve("dashboard.json").toFile());

        assertThat(dashboard.path("panels")).hasSizeGreaterThan(8).allSatisfy(panel -> {
            assertThat(panel.path("title").asText()).isNotEmpty();
            assertThat(panel.path("targets"))
                    .isNotEmpty()
                    .allSatisfy(
                            target -> assertThat(target.path("expr").asText()).contains("fintrail_"));
        });
    }
}
