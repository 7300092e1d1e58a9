package io.fintrail.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.TcpEventKind;
import io.fintrail.journal.TrailReader;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.verdict.VerdictName;
import io.fintrail.verdict.VerdictStage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AuditMetricsTest {
    private static final Path TRAILS =
            Path.of(System.getProperty("fintrail.home", "."), "java/src/test/resources/trails");

    /** Held on, and let go at last: its final verdict is told three times. */
    @Test
    void countsACloseOnceHoweverOftenItIsTold() throws IOException {
        assertThat(page("look-held-after-close.trail"))
                .contains("fintrail_closes_total{service=\"8686\",verdict=\"CLEAN_ACTIVE\"} 1.0")
                .contains("fintrail_standing_sockets{verdict=\"CLEAN_ACTIVE\"} 0.0");
    }

    @Test
    void saysWhatStandsAsWhatItStands() throws IOException {
        assertThat(page("look-fin-missing-held.trail"))
                .contains("fintrail_standing_sockets{verdict=\"FIN_MISSING_HELD\"} 1.0")
                .contains("fintrail_closes_total{service=\"other\",verdict=\"FIN_MISSING_HELD\"} 0.0");
    }

    @Test
    void whatOnlySeemedHalfOpenStandsNoMore() throws IOException {
        assertThat(page("look-half-open-no-more.trail"))
                .contains("fintrail_standing_sockets{verdict=\"HALF_OPEN\"} 0.0");
    }

    private static List<String> page(String trail) throws IOException {
        Costs costs = new Costs();
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (AuditMetrics metrics = new AuditMetrics(anyPort, "test", costs)) {
            VerdictStage stage = new VerdictStage(metrics);
            costs.stage = stage;
            try (java.io.BufferedReader lines = Files.newBufferedReader(TRAILS.resolve(trail))) {
                TrailReader.read(lines, new LifecycleTracker(stage));
            }
            metrics.onTime(Long.MAX_VALUE);
            String url = "http://127.0.0.1:" + metrics.port() + "/metrics";
            try (java.io.InputStream in = URI.create(url).toURL().openStream()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
            }
        }
    }

    private static final class Costs implements AuditMetrics.Costs {
        private @Nullable VerdictStage stage;

        @Override
        public Map<TcpEventKind, Long> events() {
            return Map.of();
        }

        @Override
        public Map<VerdictName, Long> standing() {
            return stage == null ? Map.of() : stage.standing();
        }

        @Override
        public long tracked() {
            return 0;
        }

        @Override
        public long evicted() {
            return 0;
        }

        @Override
        public long journalBytes() {
            return 0;
        }

        @Override
        public double cpuSeconds() {
            return 0;
        }

        @Override
        public long residentBytes() {
            return 0;
        }

        @Override
        public double bpfSeconds() {
            return -1;
        }
    }
}
