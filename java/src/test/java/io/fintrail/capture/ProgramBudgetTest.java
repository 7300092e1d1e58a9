package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.capture.libbpf.BpfObject;
import io.fintrail.capture.libbpf.ProgramInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What programs may grow to, counted by the verifier instead of a clock: as much again as they need now, or a quarter more
 * for what runs at every change of state, every receive and every drop (another clang or kernel counts some tenths otherwise).
 * Whoever makes one larger raises its number here, and says why.
 */
@Tag("live")
final class ProgramBudgetTest {
    private static final Map<String, Integer> AT_MOST = Map.ofEntries(
            Map.entry("on_inet_sock_set_state", 1_500),
            Map.entry("before_inet_sock_set_state", 11_300),
            Map.entry("instead_on_inet_sock_set_state", 2_400),
            Map.entry("on_sock_recv_length", 3_100),
            Map.entry("on_sock_send_length", 56_400),
            Map.entry("on_kfree_skb", 2_700),
            Map.entry("on_tcp_destroy_sock", 500),
            Map.entry("on_tcp_retransmit_skb", 2_100),
            Map.entry("on_tcp_send_reset", 4_400),
            Map.entry("on_tcp_receive_reset", 1_900),
            Map.entry("on_inet_sk_error_report", 2_100),
            Map.entry("look_at_sockets", 5_000),
            Map.entry("look_at_holders", 4_400),
            Map.entry("audit_inet_sock_set_state", 32_700),
            Map.entry("instead_audit_inet_sock_set_state", 27_200),
            Map.entry("audit_kfree_skb", 8_700),
            Map.entry("audit_sock_recv_length", 900),
            Map.entry("audit_tcp_destroy_sock", 4_200),
            Map.entry("audit_tcp_send_reset", 10_900),
            Map.entry("audit_tcp_receive_reset", 7_600),
            Map.entry("audit_inet_sk_error_report", 5_800),
            Map.entry("audit_tcp_retransmit_skb", 8_400),
            Map.entry("audit_sockets", 29_500),
            Map.entry("audit_holders", 9_500),
            Map.entry("sweep_ledger", 7_600));

    private static final Pattern PROGRAM = Pattern.compile("SEC\\(\"[^\"]+\"\\)\\s+int (\\w+)\\(");
    /** A sixth more than the 893,000 it has: programs, their types and lines. It is read at each start. */
    private static final int OBJECT_BYTES = 1_040_000;

    @Test
    void noProgramHasGrownUnseen() throws IOException {
        Map<String, Integer> verified = new TreeMap<>();
        KernelShape shape = KernelShape.read();
        try (BpfObject object = new BpfObject(bytes())) {
            ProgramConfig.write(
                    object.initialValue(".rodata.cfg"),
                    CaptureFilter.of(List.of(), "", 0),
                    shape,
                    true,
                    new SnapshotPlan(1_000_000_000L, 5_000_000_000L));
            object.resize("rings", HostFacts.possibleCpus());
            object.load();
            for (String program : programs()) {
                ProgramInfo info = object.programInfo(program);
                info.refresh();
                verified.put(program, info.verifiedInstructions());
            }
        }

        assertThat(verified.keySet()).as("a new one needs a number, too").isEqualTo(AT_MOST.keySet());
        assertThat(verified)
                .allSatisfy((program, count) -> assertThat(count)
                        .as(program + " of " + verified)
                        .isBetween(1, Objects.requireNonNull(AT_MOST.get(program))));
    }

    /** As the sources name them. */
    private static List<String> programs() throws IOException {
        List<String> names = new ArrayList<>();
        try (Stream<Path> sources = Files.list(Path.of("bpf"))) {
            for (Path source :
                    sources.filter(path -> path.toString().contains(".bpf.")).toList()) {
                PROGRAM.matcher(Files.readString(source)).results().forEach(found -> names.add(found.group(1)));
            }
        }
        return names;
    }

    @Test
    void theObjectHasNotGrownUnseen() throws IOException {
        assertThat(Files.size(Path.of("target/bpf/fintrail.bpf.o"))).isLessThan(OBJECT_BYTES);
    }

    private static byte[] bytes() throws IOException {
        try (InputStream object = LoadedPrograms.class.getResourceAsStream("fintrail.bpf.o")) {
            return Objects.requireNonNull(object).readAllBytes();
        }
    }
}
