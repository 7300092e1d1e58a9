package io.fintrail.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.HostNote;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AnonymizerTest {
    private static final Map<HostNote.Kind, Map<String, String>> AS_CAPTURED = new EnumMap<>(Map.of(
            HostNote.Kind.SNAPSHOT,
                    Map.of(
                            "from",
                            "17",
                            "to",
                            "18",
                            "everything",
                            "true",
                            "namespaces",
                            "4026531840,4026532177",
                            "unseen",
                            "0",
                            "filtered",
                            "false",
                            "holders",
                            "true",
                            "rows",
                            "5"),
            HostNote.Kind.PROCESS, Map.of("pid", "812"),
            HostNote.Kind.THREADS,
                    Map.of(
                            "pid",
                            "812",
                            "threads",
                            "4",
                            "looked",
                            "4",
                            "ran",
                            "0",
                            "span",
                            "200000000",
                            "states",
                            "S:3,?:1",
                            "waits",
                            "epoll_wait:2,syscall-900:1,do_wait.isra.0:1"),
            HostNote.Kind.NAMESPACE, Map.of("netns", "4026532177", "conntrack_close_wait", "60"),
            HostNote.Kind.DESCRIPTORS, Map.of("pid", "812", "open", "400", "most", "1024"),
            HostNote.Kind.HAPROXY, Map.of("pid", "812", "connections", "200", "maxconn", "200"),
            HostNote.Kind.CLOSES,
                    Map.of(
                            "CLEAN_ACTIVE_LATE",
                            ":8686=12 >80=7 other=1",
                            "retransmits",
                            "TLP=3 RTO=0 RECOVERY=0",
                            "half-closed",
                            "FIN_WAIT2/held=200",
                            "ages",
                            "1,2,3,4,5,6,7,8",
                            "age-seconds",
                            "4711")));

    /** Lines without the header. */
    private static List<String> anonymized(String trail) throws IOException {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        TrailReader.read(new BufferedReader(new StringReader(trail)), new Anonymizer(new TrailWriter(out)));
        out.flush();
        return text.toString().lines().skip(1).toList();
    }

    private static String session(String fields) throws IOException {
        return anonymized("0 SESSION " + fields + "\n").get(0);
    }

    private static HostNote passed(HostNote.Kind kind, Map<String, String> fields) {
        Recorded recorded = new Recorded();
        HostNote[] note = new HostNote[1];
        new Anonymizer(new io.fintrail.event.NoteWatch(recorded, seen -> note[0] = seen))
                .onNote(new HostNote(7, kind, new TreeMap<>(fields)));
        return note[0];
    }

    private static List<String> localAddresses(String... addresses) throws IOException {
        StringBuilder trail = new StringBuilder("0 SESSION hz=250\n");
        for (int i = 0; i < addresses.length; i++) {
            trail.append("1 STATE socket=").append(i + 1).append(" to=ESTABLISHED remote=[::1]:1 local=");
            trail.append(addresses[i]).append('\n');
        }
        return anonymized(trail.toString()).stream()
                .skip(1)
                .map(line -> line.replaceAll(".* local=(\\S+).*", "$1"))
                .toList();
    }

    @Test
    void replacesAddressesByTheirOrderOfAppearanceAndKeepsPorts() throws IOException {
        assertThat(localAddresses(
                        "192.0.2.7:80", "198.51.100.1:443", "192.0.2.7:81", "[2001:db8::7]:80", "[2001:db8::8]:80"))
                .containsExactly("10.0.0.1:80", "10.0.0.2:443", "10.0.0.1:81", "[fd00::1]:80", "[fd00::2]:80");
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.53:53", "0.0.0.0:80", "[::1]:80", "[::]:80"})
    void keepsWhatNamesNoHost(String address) throws IOException {
        assertThat(localAddresses("198.51.100.1:1", address)).last().isEqualTo(address);
    }

    @Test
    void keepsLinkLocalAddressesLinkLocal() throws IOException {
        assertThat(localAddresses("[fe80::a00:27ff:fe4e:66a1]:80", "[2001:db8::7]:80", "[febf::2]:80", "[fec0::2]:80"))
                .containsExactly("[fe80::1]:80", "[fd00::1]:80", "[fe80::2]:80", "[fd00::2]:80");
    }

    @Test
    void tellsManyAddressesApart() throws IOException {
        String[] many = IntStream.range(0, 600)
                .mapToObj(i -> "203." + i / 256 + "." + i % 256 + ".9:80")
                .toArray(String[]::new);

        List<String> aliases = localAddresses(many);

        assertThat(aliases).doesNotHaveDuplicates().hasSize(600);
        assertThat(aliases.get(255)).isEqualTo("10.0.1.0:80");
    }

    @Test
    void replacesProcessNamesButItsOwnAndTheEmptyOne() throws IOException {
        StringBuilder trail = new StringBuilder("0 SESSION hz=250\n");
        for (String comm : List.of("acme-payroll", "0123456789abcdef", "acme-payroll", "fintrail-look", "", "%ff%fe")) {
            trail.append("1 DESTROY comm=").append(comm).append('\n');
        }

        assertThat(anonymized(trail.toString()).stream().skip(1).map(line -> line.replaceFirst(".*socket=0 ?", "")))
                .containsExactly(
                        "comm=process-1",
                        "comm=process-2",
                        "comm=process-1",
                        "comm=fintrail-look",
                        "",
                        "comm=process-3");
    }

    @Test
    void keepsTheTimersOfALook() throws IOException {
        String look = "1.000000000 SOCKET #1 socket=1 state=FIN_WAIT2 local=127.0.0.1:1 remote=127.0.0.1:2"
                + " timer_in_jiffies=7 rto_max_jiffies=30000 keepalive_time_jiffies=1800000 keepalive_probes=9";

        assertThat(anonymized("0 SESSION hz=250\n" + look + "\n")).last().isEqualTo(look);
    }

    @Test
    void replacesWhatTheSessionSaysOfTheHost() throws IOException {
        assertThat(session("host=db7.acme.example boot=3de0c06c-13d9 run=3de0c06c-13d9/2463 kernel=6.1.0-28-acme.7"))
                .isEqualTo("0 SESSION boot=boot-1 host=host-1 kernel=6.1.0-28 run=run-1");
    }

    @Test
    void keepsRunsAndBootsApart() throws IOException {
        assertThat(
                        anonymized(
                                "0 SESSION boot=a run=a/1\n0 SESSION boot=a run=a/2\n0 SESSION boot=b run=b/1\n0 SESSION boot=a run=a/2\n"))
                .containsExactly(
                        "0 SESSION boot=boot-1 run=run-1",
                        "0 SESSION boot=boot-1 run=run-2",
                        "0 SESSION boot=boot-2 run=run-3",
                        "0 SESSION boot=boot-1 run=run-2");
    }

    @Test
    void keepsWhatTheSessionSaysOfKernelAndFilter() throws IOException {
        String said =
                "0 SESSION drop.3=NO_SOCKET format=1 hz=250 layout=7a5fc2e8889a638d looks=sockets,holders netns=4026533080"
                        + " ports=80,443 programs=kfree_skb,sock_recv_length receiving-socket=true reset.1=NO_SOCKET"
                        + " stuck-after-ns=3000000000 wall-offset-ns=-1795359149105037693";

        assertThat(anonymized(said + "\n")).containsExactly(said);
    }

    @ParameterizedTest
    @CsvSource({
        "address=192.0.2.0/24",
        "comm=payroll",
        "netns=/run/netns/acme",
        "programs=/opt/acme",
        "drop.3=Acme",
        "colour=1",
        "ports=acme"
    })
    void leavesOutOfTheSessionWhatItDoesNotKnow(String field) throws IOException {
        assertThat(session("hz=250 " + field)).isEqualTo("0 SESSION hz=250");
    }

    @Test
    void replacesWhatANoteNames() {
        assertThat(passed(
                                HostNote.Kind.PROCESS,
                                Map.of(
                                        "pid",
                                        "812",
                                        "executable",
                                        "/opt/acme/bin/payroll",
                                        "unit",
                                        "acme.service",
                                        "container",
                                        "c0ffee",
                                        "pod",
                                        "p-1"))
                        .fields())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "pid",
                        "812",
                        "executable",
                        "executable-1",
                        "unit",
                        "unit-1",
                        "container",
                        "c-1",
                        "pod",
                        "pod-1"));
    }

    @ParameterizedTest
    @EnumSource(HostNote.Kind.class)
    void keepsTheNumbersOfANote(HostNote.Kind kind) {
        assertThat(passed(kind, AS_CAPTURED.get(kind)).fields()).isEqualTo(AS_CAPTURED.get(kind));
    }

    @ParameterizedTest
    @EnumSource(HostNote.Kind.class)
    void leavesOutOfANoteWhatItDoesNotKnow(HostNote.Kind kind) {
        Map<String, String> odd = new TreeMap<>(Map.of(
                "why",
                "/run/netns/acme: gone",
                "path",
                "/opt/acme",
                "name",
                "acme",
                "colour",
                "1",
                "waits",
                "acme payroll:1",
                "pid",
                "acme",
                "netns",
                "acme",
                "namespaces",
                "acme",
                "everything",
                "acme",
                "rows",
                "192.0.2.1"));

        assertThat(passed(kind, odd).fields()).isEmpty();
    }

    @Test
    void keepsTheCauseOfAGapWhereItIsItsOwn() throws IOException {
        List<String> lines = anonymized(
                "0 SESSION hz=250\n1 GAP to=2 lost=3 kind=STATE cause=ring%20full\n1 GAP to=2 lost=3 kind=STATE cause=acme\n");

        assertThat(lines.get(1)).endsWith("cause=ring%20full");
        assertThat(lines.get(2)).endsWith("cause=cause-1");
    }
}
