package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fintrail.bench.Pile;
import io.fintrail.view.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a report says, in text and in JSON lines, and how much of it. */
class ReportTest {
    private static final Path TRAILS = Reports.HOME.resolve("java/src/test/resources/trails");

    @TempDir
    private Path directory;

    @Test
    void saysWhatIsWrongThenWhatItRestsOn() {
        String text = Reports.text(Reports.of(Reports.EXAMPLE));

        assertThat(text)
                .startsWith("INCIDENT updated  PROXY_PAIR_PILE  haproxy[7287] :8686")
                .contains("how many       8 proxied sessions, not growing")
                .contains("at the end     it stands; the oldest for 14.5 s")
                .contains("its oldest     10.83.4.6:8686 > 10.83.4.1:40007: `fintrail explain journal")
                .contains("          0         8  problem  FIN_MISSING_HELD")
                .contains("closed first   local 8, peer 8")
                .contains("nothing: every fact that the kernel told was recorded")
                .contains("from           2026-11-22T21:44:47.865939323Z")
                .contains("filters        network namespace 4026532875");
        assertThat(text.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
    }

    @Test
    void saysThatThereIsNoIncidentAndCountsWhatThereIs() {
        String text = Reports.text(Reports.withoutIncident(Reports.EXAMPLE));

        assertThat(text)
                .startsWith("NO INCIDENT  in this recording")
                .contains("judged, 16 with a problem of its own", "CLOSE_WAIT_PAIRED");
    }

    @Test
    void saysWhatWasLost() {
        Report report = Reports.withoutIncident(TRAILS.resolve("trap-gap-over-fin-wait2.trail"));

        assertThat(Reports.text(report)).contains("facts were lost: verdicts that may rest on them say so");
        assertThat(Reports.html(report)).contains("facts were lost", "may be missing");
    }

    @Test
    void tellsTheSameEachTime() {
        assertThat(Reports.html(Reports.of(Reports.EXAMPLE))).isEqualTo(Reports.html(Reports.of(Reports.EXAMPLE)));
    }

    @Test
    void hasALineForEachIncidentAndOneForTheCounts() throws IOException {
        List<String> lines =
                Reports.jsonLines(Reports.of(Reports.EXAMPLE)).lines().toList();
        JsonNode incident = new ObjectMapper().readTree(lines.get(0));
        JsonNode report = new ObjectMapper().readTree(lines.get(1));

        assertThat(lines).hasSize(2);
        assertThat(incident.get("type").asText()).isEqualTo("incident");
        assertThat(incident.get("size").asInt()).isEqualTo(8);
        assertThat(report.get("type").asText()).isEqualTo("report");
        assertThat(report.get("v").asInt()).isEqualTo(1);
        assertThat(report.get("connections").asInt()).isEqualTo(16);
        assertThat(report.at("/standing/FIN_MISSING_HELD").asInt()).isEqualTo(8);
        assertThat(report.at("/closedFirst/peer").asInt()).isEqualTo(8);
        assertThat(report.get("to").asText()).isEqualTo("2026-11-22T21:45:05.503318861Z");
    }

    @Test
    void hasAllTrailsInEachForm() {
        for (Path trail : Explained.files(TRAILS, ".trail")) {
            Report report = Reports.of(trail);

            assertThat(Reports.text(report).lines())
                    .allSatisfy(line -> assertThat(line).as(trail.toString()).hasSizeLessThanOrEqualTo(100));
            assertThat(Reports.jsonLines(report)).contains("\"type\":\"report\"");
            assertThat(Reports.html(report)).endsWith("</html>\n");
        }
    }

    @Test
    void keepsTenThousandConnectionsUnderFiveMegabytes() throws IOException {
        Pile.write(directory.resolve("pile"), 5_000);
        String html = Reports.html(Reports.of(directory.resolve("pile")));
        JsonNode data = ReportHtmlTest.data(html);
        Map<Integer, Integer> perStory = new HashMap<>();
        data.get("rows").forEach(row -> perStory.merge(row.get(15).asInt(), 1, Integer::sum));

        assertThat(html.getBytes(StandardCharsets.UTF_8).length).isLessThan(5_000_000);
        assertThat(data.get("rows")).hasSize(10_000);
        assertThat(data.get("stories").size()).isBetween(1_000, 2_000);
        perStory.remove(-1);
        assertThat(perStory.values()).allMatch(connections -> connections == 2);
    }
}
