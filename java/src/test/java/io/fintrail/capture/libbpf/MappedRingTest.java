package io.fintrail.capture.libbpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file laid out as the kernel lays out a ring. */
class MappedRingTest {
    private static final int PAGE = 4096;
    private static final int BYTES = 4 * PAGE;
    private static final int O_RDWR = 2;
    private static final int HEADER = 8;
    private static final int BUSY = 1 << 31;
    private static final int DISCARDED = 1 << 30;

    @TempDir
    Path folder;

    @Test
    void givesBackWhatWasPassedAndNotThePresentOne() throws IOException {
        try (FileChannel file = file();
                MappedRing ring = MappedRing.of(LibC.open(folder.resolve("ring").toString(), O_RDWR), BYTES)) {
            write(file, 0, 16);
            write(file, 24, 16 | DISCARDED);
            write(file, 48, 12); // padded to 16
            write(file, 72, 16 | BUSY);
            produced(file, 96);

            ring.begin();
            assertThat(ring.next()).isTrue();
            assertThat(ring.recordAt()).isEqualTo(HEADER);
            ring.publish();
            assertThat(consumed(file)).isZero();

            assertThat(ring.next()).isTrue();
            assertThat(ring.recordAt()).isEqualTo(48 + HEADER);
            ring.publish();
            assertThat(consumed(file)).as("the first, and what was discarded").isEqualTo(48);

            assertThat(ring.next()).isFalse();
            assertThat(ring.stoppedAtBusy()).isTrue();
            ring.publish();
            assertThat(consumed(file)).as("not what is still being written").isEqualTo(72);

            write(file, 72, 16);
            ring.begin();
            assertThat(ring.next()).isTrue();
            assertThat(ring.next()).isFalse();
            ring.publish();
            assertThat(consumed(file)).isEqualTo(96);
        }
    }

    private FileChannel file() throws IOException {
        FileChannel file = FileChannel.open(
                folder.resolve("ring"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        file.write(ByteBuffer.allocate(1), 3L * PAGE + BYTES - 1);
        return file;
    }

    private static void write(FileChannel file, int at, int header) throws IOException {
        file.write(number(Integer.BYTES).putInt(header).flip(), 2L * PAGE + at);
    }

    private static void produced(FileChannel file, long position) throws IOException {
        file.write(number(Long.BYTES).putLong(position).flip(), PAGE);
    }

    private static long consumed(FileChannel file) throws IOException {
        ByteBuffer position = number(Long.BYTES);
        file.read(position, 0);
        return position.getLong(0);
    }

    private static ByteBuffer number(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }
}
