package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HaproxyStatsTest {
    @TempDir
    private Path proc;

    private void process(int pid, String name, String pids) throws IOException {
        Files.createDirectory(proc.resolve(Integer.toString(pid)));
        Files.writeString(
                proc.resolve(Integer.toString(pid)).resolve("status"),
                "Name:\t" + name + "\nPid:\t" + pid + "\nNSpid:\t" + pids + "\nNSpgid:\t7\n");
    }

    private String hostPid(String said) throws IOException {
        return new HaproxyStats(Path.of("/run/haproxy.sock"), proc).hostPid(said);
    }

    @Test
    void takesThePidOfThisHostWhereHaproxyIsNotInAContainer() throws IOException {
        process(812, "haproxy", "812");

        assertThat(hostPid("812")).isEqualTo("812");
    }

    @Test
    void findsTheProcessThatHasThatPidInItsContainer() throws IOException {
        process(7, "kworker/0:1", "7");
        process(4711, "haproxy", "4711\t7");

        assertThat(hostPid("7")).isEqualTo("4711");
    }

    /** Whoever serves that path decides what it says. */
    @Test
    void takesNoNumberThatIsNone() {
        SortedMap<String, String> fields = new TreeMap<>();

        HaproxyStats.addInfo("Pid: 7\nCurrConns: 99999999999999999999\nMaxconn: -1\nPid: x\n: \n\n:", fields);

        assertThat(fields).containsOnly(Map.entry("pid", "7"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# pxname,svname", "# addr,scur\n1,2", "# pxname,svname,scur,addr\nbe\nbe,s,1"})
    void takesNoServerFromAnAnswerThatIsCut(String answer) {
        SortedMap<String, String> fields = new TreeMap<>();

        HaproxyStats.addServers(answer, fields);

        assertThat(fields).containsOnly(Map.entry("servers", ""));
    }

    @Test
    void saysWhyNobodyAnswers() throws IOException {
        Path socket = proc.resolve("stats.sock");
        try (ServerSocketChannel nobody = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            nobody.bind(UnixDomainSocketAddress.of(socket));

            assertThat(new HaproxyStats(socket, proc).read()).containsKey("why").doesNotContainKey("pid");
        }
        assertThat(new HaproxyStats(proc.resolve("none.sock"), proc).read()).containsKey("why");
    }

    @Test
    void takesNoOtherOfSeveral() throws IOException {
        process(4711, "haproxy", "4711\t7");
        process(4812, "haproxy", "4812\t7");

        assertThatThrownBy(() -> hostPid("7")).hasMessageContaining("it says that it is process 7", "2 processes");
        assertThatThrownBy(() -> hostPid("8")).hasMessageContaining("0 processes");
    }
}
