package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.capture.libbpf.MappedRing;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ProgramTextTest {
    @Test
    void isOneTextThatLacksNothingOfOurs() {
        String text = ProgramText.of(ByteBuffer.allocate(TcpEventLayout.CONFIG_SIZE), 1 << 20);

        assertThat(Pattern.compile("(?m)^#include \"").matcher(text).find()).isFalse();
        assertThat(text).contains("#define FINTRAIL_RING_PAGES " + (1 << 20) / MappedRing.PAGE + "\n");
        for (Tracepoint tracepoint : Tracepoint.values()) {
            if (!tracepoint.servesPairs()) {
                assertThat(text).contains("int on_" + tracepoint.kernelName() + "(");
            }
        }
    }

    @Test
    void hasTheFiltersWrittenIntoIt() {
        ByteBuffer config = ByteBuffer.allocate(TcpEventLayout.CONFIG_SIZE).order(ByteOrder.nativeOrder());
        CaptureFilter.of(List.of(443, 65535), "10.83.0.0/16", 4026531840L).writeTo(config);
        config.putLong(TcpEventLayout.CONFIG_REASON_IGNORED, -1L);

        assertThat(ProgramText.of(config, 4096))
                .contains(".reason_ignored = {18446744073709551615ULL, 0ULL, 0ULL, 0ULL}")
                .contains(".netns = 4026531840U, .port_count = 2,")
                .contains(".address_prefix_bits = 112,")
                .contains(".ports = {443, 65535, 0,")
                .contains(".address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 83, 0, 0} }");
    }
}
