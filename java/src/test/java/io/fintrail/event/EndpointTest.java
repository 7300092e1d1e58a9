package io.fintrail.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.1:80",
                "0.0.0.0:0",
                "255.255.255.255:65535",
                "[fd00::1]:443",
                "[::]:0",
                "[::1]:8080",
                "[fe80::]:1",
                "[2001:db8:0:1::2]:9",
                "[1:2:3:4:5:6:7:8]:9",
                "[::2:0:0:3:0]:9",
                "[1:0:2:3:4:5:6:7]:9"
            })
    void writesWhatItRead(String text) {
        assertThat(Endpoint.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource({
        "[2001:DB8:0:0:0:0:0:1]:9,[2001:db8::1]:9",
        "[0:0:1:0:0:0:0:0]:9,[0:0:1::]:9",
        "[::ffff:10.0.0.1]:9,10.0.0.1:9"
    })
    void writesTheShortestForm(String given, String written) {
        assertThat(Endpoint.parse(given)).hasToString(written);
    }

    @Test
    void tellsIpv4FromIpv6() {
        assertThat(Endpoint.parse("10.0.0.1:80").isIpv4()).isTrue();
        assertThat(Endpoint.parse("[fd00::1]:80").isIpv4()).isFalse();
        assertThat(Endpoint.parse("[::]:0").isIpv4()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "10.0.0.1", ":80", "localhost:80", "10.0.0.1:http", "10.0.0.1:", "[fd00::1]", "[fd00::zz]:1"
            })
    void refusesWhatIsNoNumericAddressWithAPort(String text) {
        assertThatThrownBy(() -> Endpoint.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1:-1", "10.0.0.1:65536"})
    void refusesAPortThatNoneIs(String text) {
        assertThatThrownBy(() -> Endpoint.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void neverLooksANameUp() {
        assertThatThrownBy(() -> Endpoint.numericAddress("example.org"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("example.org");
    }
}
