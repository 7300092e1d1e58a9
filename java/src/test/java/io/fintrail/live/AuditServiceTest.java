package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `audit` under a service manager: what it says to it, and with how little it gets on. */
@Tag("live")
final class AuditServiceTest {
    /** bpf, perfmon, dac_read_search, sys_ptrace, net_admin. */
    private static final String CAPABILITIES = "000000c000081004";

    @TempDir
    Path temporary;

    @Test
    void worksWithFiveCapabilitiesAndTellsItsManager() throws IOException, InterruptedException {
        Path socket = temporary.resolve("notify");
        Path said = temporary.resolve("said");
        Process manager = new ProcessBuilder("socat", "-u", "UNIX-RECV:" + socket, "CREATE:" + said).start();
        try (Subnet subnet = Subnet.reserve()) {
            for (int i = 0; i < 500 && !Files.exists(socket); i++) {
                LockSupport.parkNanos(10_000_000);
            }
            List<String> wrapper = List.of(
                    "env",
                    "NOTIFY_SOCKET=" + socket,
                    "WATCHDOG_USEC=1500000",
                    "setpriv",
                    "--no-new-privs",
                    "--inh-caps=-all",
                    "--bounding-set=-all,+bpf,+perfmon,+net_admin,+sys_ptrace,+dac_read_search");
            try (Cli audit = Cli.start(
                    temporary,
                    wrapper,
                    "audit",
                    temporary.resolve("journal").toString(),
                    "--address",
                    subnet.cidr(4),
                    "--metrics",
                    "127.0.0.1:0",
                    "--look-every",
                    "1s")) {
                audit.awaitText("tracing on kernel");
                List<String> status = Files.readAllLines(Path.of("/proc", Long.toString(audit.pid()), "status"));
                assertThat(status).contains("CapEff:\t" + CAPABILITIES, "CapBnd:\t" + CAPABILITIES, "NoNewPrivs:\t1");
                int port = Metrics.port(String.join("\n", audit.errorsSoFar()));
                UnseenFacts.stagedAgain("resets under a service", () -> {
                    double before = Metrics.of(port).sum("fintrail_closes_total", "RST_RECEIVED");
                    try (Lab lab = Lab.prepare(subnet, "rst-received", 5, 4)) {
                        lab.go();
                        lab.awaitDone();
                    }
                    Metrics counted = Metrics.await(
                            port,
                            java.time.Duration.ofSeconds(20),
                            m -> m.sum("fintrail_closes_total", "RST_RECEIVED") >= before + 5);
                    if (counted.sum("fintrail_closes_total", "RST_RECEIVED") < before + 5) {
                        throw new UnseenFacts("not all of five resets");
                    }
                });
                for (int i = 0; i < 1000 && Files.readString(said).split("WATCHDOG=1", -1).length < 3; i++) {
                    LockSupport.parkNanos(10_000_000);
                }
                assertThat(audit.stop().exit()).isZero();
                assertThat(audit.errorsSoFar())
                        .isNotEmpty()
                        .allSatisfy(l -> assertThat(l).matches("<[346]>fintrail: .*"));
            }
            for (int i = 0; i < 500 && !Files.readString(said).contains("STOPPING=1"); i++) {
                LockSupport.parkNanos(10_000_000);
            }
        } finally {
            manager.destroy();
            manager.waitFor(10, TimeUnit.SECONDS);
        }
        assertThat(Files.readString(said))
                .contains("READY=1", "WATCHDOG=1WATCHDOG=1")
                .endsWith("STOPPING=1");
    }
}
