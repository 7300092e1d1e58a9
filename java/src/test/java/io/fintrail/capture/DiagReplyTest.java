package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Netlink as it comes, and as it must not come. */
final class DiagReplyTest {
    private static final int ERROR = 2;
    private static final int DONE = 3;
    private static final int OVERRUN = 4;
    private static final int SOCKET = 20;

    private final DiagReply reply = new DiagReply(7);
    private final List<Integer> ports = new ArrayList<>();

    private static ByteBuffer message(int length, int type, int flags, int sequence, int bytes) {
        ByteBuffer data = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
        return data.putInt(length)
                .putShort((short) type)
                .putShort((short) flags)
                .putInt(sequence)
                .putInt(0)
                .rewind();
    }

    private boolean read(ByteBuffer data) {
        return reply.read(data, data.capacity(), socket -> ports.add(socket.localPort()));
    }

    private static DiagException refused(Throwable thrown) {
        return (DiagException) thrown;
    }

    @Test
    void readsARecordedDumpToItsEnd() {
        List<Boolean> ends = new ArrayList<>();
        for (byte[] datagram : RecordedDump.datagrams()) {
            ends.add(new DiagReply(RecordedDump.SEQUENCE)
                    .read(RecordedDump.buffer(datagram), datagram.length, socket -> ports.add(socket.localPort())));
        }

        assertThat(ends.stream().filter(end -> end)).hasSize(2);
        assertThat(ends.get(ends.size() - 1)).isTrue();
        assertThat(ports).hasSize(17).contains(9000, 9001, 40001, 40008);
    }

    @Test
    void doneEndsIt() {
        assertThat(read(message(20, DONE, 2, 7, 20))).isTrue();
        assertThat(reply.isInterrupted()).isFalse();
    }

    @Test
    void saysThatTheDumpWasInterrupted() {
        assertThat(read(message(20, DONE, 0x12, 7, 20))).isTrue();
        assertThat(reply.isInterrupted()).isTrue();
    }

    @Test
    void passesOnTheKernelsErrno() {
        assertThatThrownBy(() -> read(message(36, ERROR, 0, 7, 36).putInt(16, -2)))
                .satisfies(e -> assertThat(refused(e).errno()).isEqualTo(2));
        assertThatThrownBy(() -> read(message(20, DONE, 0, 7, 20).putInt(16, -12)))
                .hasMessageContaining("errno 12");
    }

    @Test
    void passesOverWhatAnswersSomebodyElse() {
        assertThat(read(message(20, DONE, 0, 6, 20))).isFalse();
        assertThat(read(message(20, 1, 0, 7, 20))).isFalse(); // NLMSG_NOOP
    }

    @Test
    void refusesLengthsThatCannotBe() {
        for (int length : new int[] {0, 15, -1, 21, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> read(message(length, DONE, 0, 7, 20)))
                    .as("a length of %s", length)
                    .isInstanceOf(DiagException.class);
        }
    }

    @Test
    void refusesADatagramThatWasCutOff() {
        ByteBuffer data = message(20, DONE, 0, 7, 20);

        assertThatThrownBy(() -> reply.read(data, 21, socket -> {})).hasMessageContaining("21 bytes at once");
        assertThatThrownBy(() -> reply.read(data, 0, socket -> {})).hasMessageContaining("without saying so");
    }

    @Test
    void refusesASocketThatIsTooShort() {
        assertThatThrownBy(() -> read(message(16 + 71, SOCKET, 0, 7, 16 + 72))).hasMessageContaining("71 bytes");
    }

    @Test
    void refusesAttributesThatReachBeyondTheirMessage() {
        for (int length : new int[] {0, 3, 9, 0xffff}) {
            ByteBuffer data = message(16 + 72 + 8, SOCKET, 0, 7, 16 + 72 + 8);
            data.putShort(16 + 72, (short) length).putShort(16 + 72 + 2, (short) 2);

            assertThatThrownBy(() -> read(data)).as("a length of %s", length).isInstanceOf(DiagException.class);
        }
    }

    @Test
    void tellsThatTheKernelLostSome() {
        assertThatThrownBy(() -> read(message(16, OVERRUN, 0, 7, 16))).hasMessageContaining("lost part");
    }

    @Test
    void survivesAnyBytes() {
        Random random = new Random(20261128);
        DiagRecord record = new DiagRecord(RecordedDump.HZ);
        ByteBuffer to = ByteBuffer.allocate(TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
        for (byte[] datagram : RecordedDump.datagrams()) {
            for (int turn = 0; turn < 5_000; turn++) {
                byte[] hurt = datagram.clone();
                for (int i = 0; i <= turn % 4; i++) {
                    hurt[random.nextInt(hurt.length)] = (byte) random.nextInt();
                }
                int length = turn % 5 == 0 ? random.nextInt(hurt.length + 1) : hurt.length;
                assertThatCode(() -> readOrRefuse(hurt, length, record, to)).doesNotThrowAnyException();
            }
        }
    }

    private static void readOrRefuse(byte[] bytes, int length, DiagRecord record, ByteBuffer to) {
        try {
            new DiagReply(RecordedDump.SEQUENCE)
                    .read(
                            RecordedDump.buffer(bytes),
                            length,
                            socket -> record.fill(to, 0, socket, 1, 1, RecordedDump.LIMITS));
        } catch (DiagException e) {
            assertThat(e).hasMessageContaining("inet_diag");
        }
    }
}
