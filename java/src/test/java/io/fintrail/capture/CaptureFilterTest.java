package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CaptureFilterTest {
    @Test
    void letsEverythingThroughWhenNothingIsAsked() {
        CaptureFilter filter = CaptureFilter.of(List.of(), "", 0);

        assertThat(filter.ports()).isEmpty();
        assertThat(filter.prefixBits()).isZero();
        assertThat(filter.netns()).isZero();
    }

    @Test
    void countsAnIpv4PrefixInTheMappedAddress() {
        assertThat(CaptureFilter.of(List.of(), "10.1.0.0/16", 0).prefixBits()).isEqualTo(96 + 16);
        assertThat(CaptureFilter.of(List.of(), "10.1.2.3", 0).prefixBits()).isEqualTo(128);
        assertThat(CaptureFilter.of(List.of(), "fd00::/8", 0).prefixBits()).isEqualTo(8);
        assertThat(CaptureFilter.of(List.of(), "fd00::1", 0).prefixBits()).isEqualTo(128);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/33",
                "fd00::/129",
                "10.0.0.0/",
                "10.0.0.0/-1",
                "10.0.0.0/x",
                "example.org",
                "10.0.0.256",
                "10.1/16",
                "80"
            })
    void refusesWhatIsNoNetwork(String cidr) {
        assertThatThrownBy(() -> CaptureFilter.of(List.of(), cidr, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'");
    }

    @Test
    void refusesPortsThatNoneAre() {
        assertThatThrownBy(() -> CaptureFilter.of(List.of(0), "", 0)).hasMessageContaining("port 0");
        assertThatThrownBy(() -> CaptureFilter.of(List.of(65536), "", 0)).hasMessageContaining("port 65536");
    }

    @Test
    void refusesMorePortsThanTheKernelSideTakes() {
        assertThatThrownBy(() -> CaptureFilter.of(Collections.nCopies(17, 80), "", 0))
                .hasMessageContaining("17")
                .hasMessageContaining("16");
    }

    @Test
    void writesItselfAsTheKernelSideReadsIt() {
        ByteBuffer config = ByteBuffer.allocate(TcpEventLayout.CONFIG_SIZE).order(ByteOrder.nativeOrder());

        CaptureFilter.of(List.of(80, 65535), "10.1.0.0/16", 4026531840L).writeTo(config);

        assertThat(config.getInt(TcpEventLayout.CONFIG_NETNS)).isEqualTo((int) 4026531840L);
        assertThat(config.getInt(TcpEventLayout.CONFIG_PORT_COUNT)).isEqualTo(2);
        assertThat(config.getShort(TcpEventLayout.CONFIG_PORTS)).isEqualTo((short) 80);
        assertThat(config.getShort(TcpEventLayout.CONFIG_PORTS + 2)).isEqualTo((short) 65535);
        assertThat(config.get(TcpEventLayout.CONFIG_ADDRESS_PREFIX_BITS)).isEqualTo((byte) 112);
        byte[] address = new byte[16];
        config.get(TcpEventLayout.CONFIG_ADDRESS, address);
        assertThat(address).startsWith(0, 0).endsWith(0xff, 0xff, 10, 1, 0, 0);
    }
}
