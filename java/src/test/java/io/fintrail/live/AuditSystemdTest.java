package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The unit under a real systemd: the distribution's, booted in a container that has this machine's files under an overlay in
 * memory, and a network of its own. Nothing is changed here, and all mounts are gone with it.
 */
@Tag("live")
@Tag("slow")
final class AuditSystemdTest {
    private static final String BOOT = """
            set -e
            cd "$1"
            mkdir -p memory root said /run/systemd/nspawn
            mount -t tmpfs tmpfs /run/systemd/nspawn
            mount -t tmpfs tmpfs memory
            mkdir memory/upper memory/work
            mount -t overlay overlay -o lowerdir=/,upperdir=memory/upper,workdir=memory/work root
            : >root/etc/machine-id
            mkdir -p root/opt/fintrail root/etc/systemd/system/fintrail-audit.service.d
            cp "$2/tools/systemd/fintrail-audit.service" unit/*.service unit/*.target root/etc/systemd/system/
            cp unit/impatient.conf root/etc/systemd/system/fintrail-audit.service.d/
            cp unit/probe root/opt/probe
            export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
            exec systemd-nspawn --quiet --register=no --keep-unit --machine=fintrail-test --link-journal=no \\
                --private-network --capability=all --system-call-filter='bpf perf_event_open' --console=pipe \\
                --directory=root --bind-ro="$2:/opt/fintrail" --bind="$1/said:/said" --boot systemd.unit=probe.target
            """;

    private static final String TARGET = """
            [Unit]
            Requires=basic.target probe.service
            After=basic.target
            """;

    private static final String SERVICE = """
            [Service]
            Type=oneshot
            StandardOutput=file:/said/probe
            StandardError=file:/said/probe
            ExecStart=/bin/bash /opt/probe
            ExecStopPost=/bin/systemctl --no-block --force poweroff
            """;

    private static final String IMPATIENT = """
            [Service]
            WatchdogSec=3
            RestartSec=1
            TimeoutStopSec=5
            Environment="FINTRAIL_AUDIT=--netns self --stuck-after 1s --look-every 1s"
            """;

    /** Runs as a service of that systemd. A start returns when the audit has said that it is ready. */
    private static final String PROBE = """
            property() { systemctl show --value -p "$1" fintrail-audit; }
            await() {
                for _ in $(seq 300); do
                    if [[ $(property "$1") == "$2" ]]; then return; fi
                    sleep 0.1
                done
                echo "after 30 s $1 is $(property "$1") and not $2"
            }
            systemctl start fintrail-audit && echo "started: $(property ActiveState)"
            grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' "/proc/$(property MainPID)/status"
            stat -c 'directory: %a %U' /var/lib/fintrail
            python3 -c '
            import socket, time, urllib.request
            with socket.create_server(("127.0.0.1", 7007)) as listener:
                near = socket.create_connection(("127.0.0.1", 7007))
                far = listener.accept()[0]
                near.shutdown(socket.SHUT_WR)
                time.sleep(4)
            page = urllib.request.urlopen("http://127.0.0.1:9464/metrics").read().decode()
            print("metrics:", *(line for line in page.splitlines() if line.startswith("fintrail_build_info")))'
            kill -9 "$(property MainPID)"
            await NRestarts 1
            await ActiveState active
            echo "killed: $(property ActiveState), restarts: $(property NRestarts)"
            kill -STOP "$(property MainPID)"
            await NRestarts 2
            await ActiveState active
            echo "frozen: $(property ActiveState), restarts: $(property NRestarts)"
            systemctl stop fintrail-audit
            echo "stopped: $(property ActiveState) $(property Result)"
            journalctl --no-pager -o short-monotonic -u fintrail-audit >/said/journal
            journalctl --no-pager -o cat -p warning..warning -u fintrail-audit | sed 's/^/warned: /'
            """;

    @TempDir
    Path temporary;

    @Test
    void startsStopsAndIsWatched() throws IOException, InterruptedException {
        Path unit = Files.createDirectories(temporary.resolve("unit"));
        Files.writeString(unit.resolve("probe.target"), TARGET);
        Files.writeString(unit.resolve("probe.service"), SERVICE);
        Files.writeString(unit.resolve("impatient.conf"), IMPATIENT);
        Files.writeString(unit.resolve("probe"), PROBE);
        Path console = temporary.resolve("console");
        Process boot = new ProcessBuilder(
                        "unshare",
                        "--mount",
                        "bash",
                        "-c",
                        BOOT,
                        "boot",
                        temporary.toString(),
                        System.getProperty("fintrail.home"))
                .redirectErrorStream(true)
                .redirectOutput(console.toFile())
                .start();
        boolean isOver;
        try {
            isOver = boot.waitFor(150, TimeUnit.SECONDS);
        } finally {
            boot.destroy();
            boot.waitFor(20, TimeUnit.SECONDS);
        }
        assertThat(isOver).as(Files.readString(console)).isTrue();
        Path said = temporary.resolve("said");
        assertThat(said.resolve("probe")).as(Files.readString(console)).exists();
        List<String> lines = Files.readAllLines(said.resolve("probe"));
        assertThat(lines)
                .as(() -> journal(said))
                .contains(
                        "started: active",
                        "CapEff:\t000000c000081004",
                        "CapBnd:\t000000c000081004",
                        "NoNewPrivs:\t1",
                        "Seccomp:\t2",
                        "directory: 700 root",
                        "killed: active, restarts: 1",
                        "frozen: active, restarts: 2",
                        "stopped: inactive success")
                .anyMatch(l -> l.startsWith("metrics: fintrail_build_info"))
                .anyMatch(l -> l.startsWith("warned: fintrail: CLOSE_WAIT"));
        assertThat(journal(said)).contains("Watchdog timeout").doesNotContain("libcap");
    }

    private static String journal(Path said) {
        try {
            return Files.readString(said.resolve("journal"));
        } catch (IOException e) {
            return "no journal: " + e;
        }
    }
}
