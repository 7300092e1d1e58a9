package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The distribution's Prometheus reads what an audit serves, and takes the alert rules. */
@Tag("live")
@Tag("slow")
final class PrometheusTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path RULES = Path.of(System.getProperty("fintrail.home"), "tools", "prometheus", "rules.yml");

    @TempDir
    Path temporary;

    @Test
    void promtoolTakesTheRules() throws IOException, InterruptedException {
        assertThat(run("promtool", "check", "rules", RULES.toString())).isZero();
    }

    @Test
    void prometheusScrapesAnAuditAndKnowsItsRules() throws IOException, InterruptedException {
        try (Subnet subnet = Subnet.reserve();
                Cli audit = Cli.start(
                        temporary,
                        java.util.List.of(),
                        "audit",
                        temporary.resolve("journal").toString(),
                        "--address",
                        subnet.cidr(4),
                        "--metrics",
                        "127.0.0.1:0",
                        "--look-every",
                        "1s")) {
            audit.awaitText("tracing on kernel");
            int port = Metrics.port(String.join("\n", audit.errorsSoFar()));
            int own = freePort();
            Path configuration = temporary.resolve("prometheus.yml");
            Files.writeString(
                    configuration,
                    "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [" + RULES
                            + "]\nscrape_configs: [{job_name: fintrail, static_configs: [{targets: [\"127.0.0.1:"
                            + port + "\"]}]}]\n");
            assertThat(run("promtool", "check", "config", configuration.toString()))
                    .isZero();
            Process prometheus = new ProcessBuilder(
                            "prometheus",
                            "--config.file=" + configuration,
                            "--storage.tsdb.path=" + temporary.resolve("tsdb"),
                            "--web.listen-address=127.0.0.1:" + own)
                    .redirectErrorStream(true)
                    .redirectOutput(temporary.resolve("prometheus.log").toFile())
                    .start();
            try {
                try (Lab lab = Lab.prepare(subnet, "rst-received", 7, 4)) {
                    lab.go();
                    lab.awaitDone();
                }
                try (Lab lab = Lab.prepare(subnet, "clean-fast", 30, 4)) {
                    lab.go();
                    lab.awaitDone();
                }
                Metrics served = Metrics.await(
                        port,
                        java.time.Duration.ofSeconds(20),
                        m -> m.sum("fintrail_closes_total", "RST_RECEIVED") >= 7
                                && m.sum("fintrail_closes_total", "CLEAN_") >= 60);
                String resets = Long.toString((long) served.sum("fintrail_closes_total", "RST_RECEIVED"));
                String clean = Long.toString((long) served.sum("fintrail_closes_total", "CLEAN_"));
                assertThat(clean).isEqualTo("60");
                assertThat(await(own, "sum(fintrail_closes_total{verdict=\"RST_RECEIVED\"})", resets))
                        .isEqualTo(resets);
                assertThat(await(own, "sum(fintrail_closes_total{verdict=~\"CLEAN_.*\"})", clean))
                        .isEqualTo(clean);
                JsonNode rules = get(own, "/api/v1/rules").at("/data/groups/0/rules");
                assertThat(rules)
                        .hasSizeGreaterThan(8)
                        .allSatisfy(rule -> assertThat(rule.path("health").asText())
                                .as(rule.toString())
                                .isEqualTo("ok"));
            } finally {
                prometheus.destroy();
                prometheus.waitFor(20, TimeUnit.SECONDS);
                prometheus.destroyForcibly();
            }
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static String await(int port, String query, String wanted) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        String value = "";
        while (!value.equals(wanted) && System.nanoTime() < endNs) {
            LockSupport.parkNanos(300_000_000);
            try {
                value = get(port, "/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8))
                        .at("/data/result/0/value/1")
                        .asText();
            } catch (java.net.ConnectException e) {
                value = "";
            }
        }
        return value;
    }

    private static JsonNode get(int port, String path) throws IOException, InterruptedException {
        return JSON.readTree(HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body());
    }
}
