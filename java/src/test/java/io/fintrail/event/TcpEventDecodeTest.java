package io.fintrail.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Records that a C program wrote through bpf/tcp_event.h, read back: sign, width, order. See bpf/sample_writer.c. */
class TcpEventDecodeTest {
    private static final int ALL_ONES = 1;
    private static final int IPV6 = 2;
    private static final int FULL_COMM = 3;
    private static final int FIRST_OF_KINDS = 4;
    private static final int KINDS = 11;

    private static ByteBuffer samples = ByteBuffer.allocate(0);

    @BeforeAll
    static void runSampleWriter() throws IOException, InterruptedException {
        Path home = Path.of(System.getProperty("fintrail.home", ".")).toAbsolutePath();
        Path out = home.resolve("target/samples");
        output("make", "-s", "-C", home.resolve("bpf").toString(), "OUT=" + out, "samples");
        samples =
                ByteBuffer.wrap(output(out.resolve("sample_writer").toString())).order(ByteOrder.nativeOrder());
    }

    private static byte[] output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] output = process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
        return output;
    }

    private static TcpEvent sample(int number) {
        return new TcpEvent().wrap(samples, number * TcpEventLayout.SIZE);
    }

    @Test
    void recordsHaveTheSizeThatTheLayoutSays() {
        assertThat(samples.capacity()).isEqualTo((FIRST_OF_KINDS + KINDS) * TcpEventLayout.SIZE);
    }

    @Test
    void readsEveryFieldWhereTheCompilerPutIt() {
        TcpEvent event = sample(0);

        assertThat(event.ktimeNs()).isEqualTo(0x0102030405060708L);
        assertThat(event.cookie()).isEqualTo(0x1112131415161718L);
        assertThat(event.sentBytes()).isEqualTo(0x2122232425262728L);
        assertThat(event.receivedBytes()).isEqualTo(0x3132333435363738L);
        assertThat(event.netns()).isEqualTo(4026531840L);
        assertThat(event.writeSeq()).isEqualTo(0x41424344);
        assertThat(event.sndUna()).isEqualTo(0x45464748);
        assertThat(event.sndNxt()).isEqualTo(0x494a4b4c);
        assertThat(event.sndWl1()).isEqualTo(0x51525354);
        assertThat(event.sndWnd()).isEqualTo(0x55565758L);
        assertThat(event.rcvNxt()).isEqualTo(0x61626364);
        assertThat(event.copiedSeq()).isEqualTo(0x65666768);
        assertThat(event.field(TcpEventLayout.PACKETS_OUT, 4)).isEqualTo(0x696a6b6cL);
        assertThat(event.segmentsReceived()).isEqualTo(0x6d6e6f60);
        assertThat(event.error()).isEqualTo(110);
        assertThat(event.softError()).isEqualTo(113);
        assertThat(event.rtoJiffies()).isEqualTo(51);
        assertThat(event.userTimeoutMs()).isEqualTo(1500);
        assertThat(event.finTimeoutJiffies()).isEqualTo(15000);
        assertThat(event.linger2Jiffies()).isEqualTo(-1);
        assertThat(event.pid()).isEqualTo(4194304);
        assertThat(event.tid()).isEqualTo(4194303);
        assertThat(event.reason()).isEqualTo(0x71727374);
        assertThat(event.sendError()).isEqualTo(-113);
        assertThat(event.segmentSeq()).isEqualTo(0x75767778);
        assertThat(event.segmentEndSeq()).isEqualTo(0x797a7b7c);
        assertThat(event.field(TcpEventLayout.SEGMENT_ACK, 4)).isEqualTo(0x7d7e7f70L);
    }

    @Test
    void readsTheNarrowFieldsWhereTheCompilerPutThem() {
        TcpEvent event = sample(0);

        assertThat(event.protocol()).isEqualTo(262);
        assertThat(event.localPort()).isEqualTo(8686);
        assertThat(event.remotePort()).isEqualTo(33332);
        assertThat(event.kind()).isEqualTo(TcpEventKind.STATE);
        assertThat(event.family()).isEqualTo(4);
        assertThat(event.oldState()).isEqualTo(TcpState.CLOSE_WAIT);
        assertThat(event.newState()).isEqualTo(TcpState.LAST_ACK);
        assertThat(event.shutdown()).isEqualTo(3);
        assertThat(event.shutForSending()).isTrue();
        assertThat(event.shutBothWays()).isTrue();
        assertThat(event.timerPending()).isEqualTo(5);
        assertThat(event.retransmits()).isEqualTo(6);
        assertThat(event.field(TcpEventLayout.BACKOFF, 1)).isEqualTo(7);
        assertThat(event.probesOut()).isEqualTo(10);
        assertThat(event.orphanRetries()).isEqualTo(11);
        assertThat(event.retries2()).isEqualTo(15);
        assertThat(event.segmentHasFin()).isTrue();
        assertThat(event.segmentHasRst()).isFalse();
        assertThat(event.comm()).isEqualTo("haproxy");
    }

    /** What a look puts where an event has its task and its segment. */
    @Test
    void readsTheTailOfALookInItsOwnWay() {
        TcpEvent look = sample(0);

        assertThat(look.timerInJiffies()).hasValue(4194304); // where an event has its pid
        assertThat(look.keepaliveInJiffies()).hasValue(4194303);
        assertThat(look.retransmittingMs()).hasValue(0x71727374L);
        assertThat(look.fd()).isEqualTo(0x71727374);
        assertThat(look.probingJiffies()).hasValue(-113 & 0xffff_ffffL);
        assertThat(look.inode()).isEqualTo(-113 & 0xffff_ffffL);
        assertThat(look.dataReceivedJiffies()).isEqualTo(0x75767778L);
        assertThat(look.ackReceivedJiffies()).isEqualTo(0x797a7b7cL);
        assertThat(look.dataSentJiffies()).isEqualTo(0x7d7e7f70L);
        assertThat(sample(1).retransmittingMs()).as("all ones: never").isEmpty();
        assertThat(sample(1).probingJiffies()).isEmpty();
    }

    @Test
    void readsFlagsBitByBit() {
        TcpEvent event = sample(0);

        assertThat(event.hasSocketFacts()).isTrue();
        assertThat(event.hasSocketFile()).isFalse();
        assertThat(event.is(TcpEventLayout.FLAG_HAS_SEGMENT)).isTrue();
        assertThat(event.is(TcpEventLayout.FLAG_NO_REASON)).isTrue();
        assertThat(event.is(TcpEventLayout.FLAG_TIME_WAIT)).isFalse();
        assertThat(event.orphaned()).isTrue();
        assertThat(event.peerFinAccepted()).isFalse();
        assertThat(event.lingersZero()).isTrue();
    }

    @Test
    void readsAnIpv4AddressOutOfItsMappedForm() {
        assertThat(sample(0).local()).hasToString("10.0.0.1:8686");
        assertThat(sample(0).remote()).hasToString("192.168.255.254:33332");
    }

    @Test
    void readsAnIpv6AddressInNetworkOrder() {
        assertThat(sample(IPV6).local()).hasToString("[2001:db8::8001]:65535");
        assertThat(sample(IPV6).remote()).hasToString("[fe80::f1f2:f3f4:f5f6:f7f8]:1");
        assertThat(sample(IPV6).family()).isEqualTo(6);
    }

    @Test
    void keepsExtremesUnsignedWhereTheyAreCounts() {
        TcpEvent event = sample(ALL_ONES);

        assertThat(event.cookie()).isEqualTo(-1L);
        assertThat(new SocketId(event.cookie(), 1)).hasToString("18446744073709551615.1");
        assertThat(event.netns()).isEqualTo(0xffff_ffffL);
        assertThat(event.sndWnd()).isEqualTo(0xffff_ffffL);
        assertThat(event.protocol()).isEqualTo(0xffff);
        assertThat(event.localPort()).isEqualTo(65535);
        assertThat(event.remotePort()).isEqualTo(65535);
        assertThat(event.family()).isEqualTo(255);
        assertThat(event.shutdown()).isEqualTo(255);
        assertThat(event.timerPending()).isEqualTo(255);
        assertThat(event.retransmits()).isEqualTo(255);
        assertThat(event.probesOut()).isEqualTo(255);
        assertThat(event.orphanRetries()).isEqualTo(255);
        assertThat(event.retries2()).isEqualTo(255);
    }

    @Test
    void keepsTheSignOfWhatHasOne() {
        TcpEvent event = sample(ALL_ONES);

        assertThat(event.linger2Jiffies()).isEqualTo(-1);
        assertThat(event.sendError()).isEqualTo(-1);
    }

    @Test
    void takesNumbersThatNoKernelUsesForNone() {
        TcpEvent event = sample(ALL_ONES);

        assertThat(event.kind()).isEqualTo(TcpEventKind.UNKNOWN);
        assertThat(event.oldState()).isEqualTo(TcpState.NONE);
        assertThat(event.newState()).isEqualTo(TcpState.NONE);
    }

    @Test
    void readsEveryKind() {
        for (int kind = 1; kind <= KINDS; kind++) {
            TcpEvent event = sample(FIRST_OF_KINDS + kind - 1);
            assertThat(event.kind().number()).isEqualTo(kind);
            assertThat(event.kind()).isNotEqualTo(TcpEventKind.UNKNOWN);
        }
    }

    @Test
    void readsACommOfSixteenBytesWithoutNul() {
        assertThat(sample(FULL_COMM).comm()).isEqualTo("0123456789abcdef");
    }

    @Test
    void readsAHostileCommAsItIs() {
        String comm = sample(IPV6).comm();

        assertThat(comm).startsWith("\u001b[2J\n=#% \u00e4").endsWith("\u0001x").contains("\ufffd");
    }

    @Test
    void copiesOwnTheirBytes() {
        ByteBuffer record = ByteBuffer.allocate(TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
        sample(0).copyTo(record);
        TcpEvent copy = new TcpEvent().wrap(record, 0).copy();
        Arrays.fill(record.array(), (byte) 0);

        assertThat(copy.cookie()).isEqualTo(0x1112131415161718L);
        assertThat(copy.comm().getBytes(StandardCharsets.US_ASCII)).hasSize(7);
    }

    @Test
    void turnsASegmentRound() {
        TcpEvent turned = sample(0).asOutgoing();

        assertThat(turned.local()).isEqualTo(sample(0).remote());
        assertThat(turned.remote()).isEqualTo(sample(0).local());
        assertThat(turned.is(TcpEventLayout.FLAG_OUTGOING)).isTrue();
        assertThat(turned.is(TcpEventLayout.FLAG_NO_REASON)).isTrue();
    }

    @Test
    void javaNamesTheKindsAsTheHeaderDoes() throws IllegalAccessException {
        Map<String, Integer> header = new TreeMap<>();
        for (Field field : TcpEventLayout.class.getFields()) {
            if (field.getName().startsWith("KIND_")) {
                header.put(field.getName().substring("KIND_".length()), field.getInt(null));
            }
        }
        Map<String, Integer> java = new TreeMap<>();
        for (TcpEventKind kind : TcpEventKind.values()) {
            java.put(kind.name(), kind.number());
        }
        java.remove("UNKNOWN");

        assertThat(java).isEqualTo(header);
    }

    @Test
    void comparesSequenceNumbersAcrossTheWrap() {
        assertThat(TcpEvent.after(1, -1)).isTrue();
        assertThat(TcpEvent.after(-1, 1)).isFalse();
        assertThat(TcpEvent.after(7, 7)).isFalse();
    }
}
