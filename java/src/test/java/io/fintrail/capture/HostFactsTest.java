package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HostFactsTest {
    /** A number of several digits, in every network namespace. */
    @Test
    void readsASysctlWhole() {
        assertThat(HostFacts.firstLine(Path.of("/proc/sys/net/ipv4/ip_local_port_range")))
                .contains("\t");
        assertThat(Integer.parseInt(HostFacts.firstLine(Path.of("/proc/sys/net/ipv4/tcp_keepalive_time"))))
                .isGreaterThan(9);
    }

    @Test
    void saysNothingOfWhatIsNotThere() {
        assertThat(HostFacts.firstLine(Path.of("/proc/sys/net/ipv4/no_such_setting")))
                .isEmpty();
    }
}
