package io.fintrail.capture.libbpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedRingTest {
    private static final int BUSY = 1 << 31;
    private static final int DISCARDED = 1 << 30;

    @TempDir
    Path folder;

    @Test
    void givesBackWhatWasPassedAndNotThePresentOne() throws IOException {
        try (RingFile file = new RingFile(folder.resolve("ring"), 1 << 14)) {
            MappedRing ring = file.ring();
            file.header(0, 16);
            file.header(24, 16 | DISCARDED);
            file.header(48, 12); // padded to 16
            file.header(72, 16 | BUSY);
            file.produced(96);

            ring.begin();
            assertThat(ring.next()).isTrue();
            assertThat(ring.recordAt()).isEqualTo(RingFile.HEADER);
            ring.publish();
            assertThat(file.consumed()).isZero();

            assertThat(ring.next()).isTrue();
            assertThat(ring.recordAt()).isEqualTo(48 + RingFile.HEADER);
            ring.publish();
            assertThat(file.consumed()).as("the first, and what was discarded").isEqualTo(48);

            assertThat(ring.next()).isFalse();
            assertThat(ring.stoppedAtBusy()).isTrue();
            ring.publish();
            assertThat(file.consumed()).as("not what is still being written").isEqualTo(72);

            file.header(72, 16);
            ring.begin();
            assertThat(ring.next()).isTrue();
            assertThat(ring.next()).isFalse();
            ring.publish();
            assertThat(file.consumed()).isEqualTo(96);
        }
    }
}
