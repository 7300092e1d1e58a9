package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The formats are those of 5.10, 6.1 and 6.18, cut to what is read. */
class TracepointFormatsTest {
    @TempDir
    Path tracefs;

    private void format(String tracepoint, String text) throws IOException {
        Path directory = tracefs.resolve("events").resolve(tracepoint);
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("format"), text);
    }

    @Test
    void tellsAnOldKernelByWhatItsTracepointsDoNotHandOver() throws IOException {
        format("sock/inet_sock_set_state", "\tfield:const void * skaddr;\toffset:8;\n");
        format("skb/kfree_skb", "\tfield:void * skbaddr;\toffset:8;\n\tfield:void * location;\toffset:16;\n");
        format("tcp/tcp_send_reset", "\tfield:const void * skbaddr;\toffset:8;\n");
        format("tcp/tcp_retransmit_skb", "\tfield:const void * skbaddr;\toffset:8;\n");

        KernelShape shape = new TracepointFormats(tracefs).shape();

        assertThat(shape.has(Tracepoint.INET_SOCK_SET_STATE)).isTrue();
        assertThat(shape.has(Tracepoint.SOCK_RECV_LENGTH)).isFalse();
        assertThat(shape.hasDropReason()).isFalse();
        assertThat(shape.hasResetReason()).isFalse();
        assertThat(shape.hasRetransmitError()).isFalse();
        assertThat(shape.dropReasons()).isEmpty();
    }

    @Test
    void readsReasonsAndWhatNewKernelsHandOver() throws IOException {
        format("sock/inet_sock_set_state", "\tfield:const void * skaddr;\toffset:8;\n");
        format("skb/kfree_skb", """
                \tfield:void * skbaddr;\toffset:8;\tsize:8;\tsigned:0;
                \tfield:void * rx_sk;\toffset:24;\tsize:8;\tsigned:0;
                \tfield:enum skb_drop_reason reason;\toffset:36;\tsize:4;\tsigned:0;

                print fmt: "skbaddr=%p reason: %s", REC->skbaddr, __print_symbolic(REC->reason, { 2, "NOT_SPECIFIED" }, { 3, "NO_SOCKET" }, { 12, "NETFILTER_DROP" })
                """);
        format("tcp/tcp_send_reset", """
                \tfield:enum sk_rst_reason reason;\toffset:84;\tsize:4;\tsigned:0;

                print fmt: "state=%s reason=%s", REC->state ? __print_symbolic(REC->state, { TCP_CLOSE, "TCP_CLOSE" }) : "UNKNOWN", __print_symbolic(REC->reason, { 0, "NOT_SPECIFIED" }, { 1, "NO_SOCKET" })
                """);
        format("tcp/tcp_retransmit_skb", "\tfield:int err;\toffset:76;\tsize:4;\tsigned:1;\n");
        format("sock/sock_send_length", "\tfield:void * sk;\toffset:8;\n");

        KernelShape shape = new TracepointFormats(tracefs).shape();

        assertThat(shape.hasDropReason()).isTrue();
        assertThat(shape.dropReasons()).isEqualTo(Map.of(2, "NOT_SPECIFIED", 3, "NO_SOCKET", 12, "NETFILTER_DROP"));
        assertThat(shape.hasResetReason()).isTrue();
        assertThat(shape.resetReasons()).isEqualTo(Map.of(0, "NOT_SPECIFIED", 1, "NO_SOCKET"));
        assertThat(shape.hasRetransmitError()).isTrue();
        assertThat(shape.hasReceivingSocket()).as("its name would be a cookie").isFalse();
        assertThat(shape.has(Tracepoint.SOCK_SEND_LENGTH))
                .as("pairs take storage that takes BTF")
                .isFalse();
        assertThat(MissingFacts.of(shape))
                .extracting(MissingFacts.Missing::says)
                .anyMatch(says -> says.startsWith("no sock_send_length, which takes BTF"))
                .noneMatch(says -> says.contains("no reason in kfree_skb"));
    }
}
