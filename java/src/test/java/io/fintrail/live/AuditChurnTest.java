package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An audit under sockets of all kinds, whose ports and namespaces come and go: what it holds does not grow, and ends at zero. */
@Tag("live")
@Tag("slow")
final class AuditChurnTest {
    private static final long MINUTES = Long.getLong("audit.churn.minutes", 2);
    private static final int PORTS_A_ROUND = 100;
    private static final List<String> KINDS = List.of(
            "rst-received",
            "unread-data",
            "fin-missing-held",
            "close-wait-unread",
            "fin-missing-orphan",
            "clean-late",
            "simultaneous",
            "disconnect",
            "data-after-close");

    /** As it was after a round. */
    private record Sample(double resident, double places, double tracked, double journal, int series) {}

    @TempDir
    Path temporary;

    private static void stage(Subnet subnet, String situation, int count, String... more) throws IOException {
        try (Lab lab = Lab.prepare(subnet, situation, count, 4, more)) {
            lab.go();
            if (lab.stands()) {
                lab.awaitStanding();
                lab.go();
            }
            lab.awaitDone();
        }
    }

    /** Each on a port of its own, which nobody has used before. */
    @SuppressWarnings("try") // one end is closed before the other
    private static void closeOnManyPorts() throws IOException {
        for (int i = 0; i < PORTS_A_ROUND; i++) {
            try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    Socket near = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort());
                    Socket far = server.accept()) {
                near.shutdownOutput();
                assertThat(far.getInputStream().read()).isNegative();
                far.close();
                assertThat(near.getInputStream().read()).isNegative();
            }
        }
    }

    @Test
    void staysAsItIsAndReturnsToZero() throws IOException {
        List<Sample> samples = new ArrayList<>();
        try (Subnet subnet = Subnet.reserve();
                Cli audit = Cli.start(
                        temporary,
                        List.of(),
                        "audit",
                        temporary.resolve("journal").toString(),
                        "--metrics",
                        "127.0.0.1:0",
                        "--look-every",
                        "2s",
                        "--stuck-after",
                        "1s",
                        "--keep-size",
                        "16MiB")) {
            audit.awaitText("tracing on kernel");
            int port = Metrics.port(String.join("\n", audit.errorsSoFar()));
            long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
            for (int round = 0; System.nanoTime() < endNs || round < 2 * KINDS.size(); round++) {
                stage(subnet, "clean-fast", 2000, "--parallel", "20");
                stage(subnet, KINDS.get(round % KINDS.size()), 20);
                closeOnManyPorts();
                assertThat(ProcessHandle.of(audit.pid()))
                        .as("audit after round %d: %s", round, audit.errorsSoFar())
                        .isPresent();
                samples.add(sample(Metrics.of(port)));
            }
            double clean = Metrics.of(port).sum("fintrail_closes_total", "CLEAN_");
            // What waits for a late FIN is forgotten 185 s after its close.
            Metrics end = Metrics.await(
                    port,
                    Duration.ofMinutes(6),
                    m -> m.sum("fintrail_ledger_places", "") == 0 && m.sum("fintrail_tracked_sockets", "") == 0);
            System.out.printf(
                    "counted: %d rounds, %d clean ends; resident %.0f to %.0f MiB, journal %.0f KiB, %d series%n",
                    samples.size(),
                    (long) clean,
                    samples.get(0).resident / (1 << 20),
                    samples.get(samples.size() - 1).resident / (1 << 20),
                    samples.get(samples.size() - 1).journal / 1024,
                    samples.get(samples.size() - 1).series);
            assertThat(end.sum("fintrail_ledger_places", "")).isZero();
            assertThat(end.sum("fintrail_tracked_sockets", "")).isZero();
            assertThat(end.sum("fintrail_half_closed_sockets", "")).isZero();
            assertThat(end.sum("fintrail_events_lost_total", "too many")).isZero();
            audit.stop();
        }
        int half = samples.size() / 2;
        assertThat(most(samples.subList(half, samples.size()), Sample::resident))
                .isLessThan(1.2 * most(samples.subList(0, half), Sample::resident));
        assertThat(most(samples.subList(half, samples.size()), Sample::tracked))
                .isLessThan(100 + 2 * most(samples.subList(0, half), Sample::tracked));
        assertThat(most(samples, Sample::places)).isLessThan(4000);
        assertThat(most(samples, Sample::journal)).isLessThan(30 << 20);
        assertThat(samples.get(samples.size() - 1).series()).isLessThan(2500);
    }

    private static Sample sample(Metrics page) {
        return new Sample(
                page.sum("fintrail_process_resident_bytes", ""),
                page.sum("fintrail_ledger_places", ""),
                page.sum("fintrail_tracked_sockets", ""),
                page.sum("fintrail_journal_bytes", ""),
                page.values().size());
    }

    private static double most(List<Sample> samples, java.util.function.ToDoubleFunction<Sample> of) {
        return samples.stream().mapToDouble(of).max().orElseThrow();
    }
}
