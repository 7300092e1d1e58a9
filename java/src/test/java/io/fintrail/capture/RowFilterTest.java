package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.Endpoint;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RowFilterTest {
    private static final long NETNS = 4026531840L;

    private static boolean admits(CaptureFilter filter, String local, int localPort, String remote, int remotePort) {
        ByteBuffer record = ByteBuffer.allocate(TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
        record.putInt(TcpEventLayout.NETNS, (int) NETNS);
        record.putShort(TcpEventLayout.LOCAL_PORT, (short) localPort);
        record.putShort(TcpEventLayout.REMOTE_PORT, (short) remotePort);
        record.put(TcpEventLayout.LOCAL_ADDRESS, Endpoint.mapped(Endpoint.numericAddress(local)));
        record.put(TcpEventLayout.REMOTE_ADDRESS, Endpoint.mapped(Endpoint.numericAddress(remote)));
        return new RowFilter(filter).admits(record, 0, false);
    }

    @Test
    void admitsByPortAndAddressOfEitherEnd() {
        CaptureFilter port = CaptureFilter.of(List.of(50000, 443), "", 0);
        CaptureFilter net = CaptureFilter.of(List.of(), "10.83.0.0/20", 0);

        assertThat(admits(port, "10.0.0.1", 50000, "10.0.0.2", 1)).isTrue();
        assertThat(admits(port, "10.0.0.1", 1, "10.0.0.2", 443)).isTrue();
        assertThat(admits(port, "10.0.0.1", 1, "10.0.0.2", 2)).isFalse();
        assertThat(admits(net, "10.83.15.255", 1, "10.0.0.2", 2)).isTrue();
        assertThat(admits(net, "10.0.0.2", 1, "10.83.0.1", 2)).isTrue();
        assertThat(admits(net, "10.83.16.0", 1, "10.0.0.2", 2)).isFalse();
        assertThat(admits(net, "2001:db8::1", 1, "2001:db8::2", 2)).isFalse();
    }

    @Test
    void admitsOneNamespaceOrAll() {
        assertThat(admits(CaptureFilter.everything(), "::1", 1, "::1", 2)).isTrue();
        assertThat(admits(CaptureFilter.of(List.of(), "", NETNS), "::1", 1, "::1", 2))
                .isTrue();
        assertThat(admits(CaptureFilter.of(List.of(), "", 4), "::1", 1, "::1", 2))
                .isFalse();
    }
}
