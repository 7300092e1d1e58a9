package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.capture.libbpf.RingFile;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RingMergerTest {
    private static final int EACH = 1_500;
    private static final int STEP = RingFile.HEADER + TcpEventLayout.SIZE;

    @TempDir
    Path folder;

    @Test
    void givesTheSpaceOfABatchBackBeforeTheNext() throws IOException {
        try (RingFile even = new RingFile(folder.resolve("even"), 1 << 19);
                RingFile odd = new RingFile(folder.resolve("odd"), 1 << 19)) {
            fill(even, 0);
            fill(odd, 1);
            RingMerger merger = new RingMerger(List.of(even.ring(), odd.ring()));
            List<Long> seen = new ArrayList<>();

            merger.begin();
            take(merger.nextBatch(), seen);
            assertThat(even.consumed())
                    .as("nobody has taken what is in the batch")
                    .isZero();
            take(merger.nextBatch(), seen);
            assertThat(even.consumed()).isEqualTo((long) RingMerger.MAX_RECORDS / 2 * STEP);
            assertThat(odd.consumed()).isEqualTo((long) RingMerger.MAX_RECORDS / 2 * STEP);
            for (ByteBuffer batch = merger.nextBatch(); batch.hasRemaining(); batch = merger.nextBatch()) {
                take(batch, seen);
            }

            assertThat(merger.finish()).isTrue();
            assertThat(even.consumed()).isEqualTo((long) EACH * STEP);
            assertThat(odd.consumed()).isEqualTo((long) EACH * STEP);
            assertThat(seen)
                    .containsExactlyElementsOf(
                            LongStream.range(0, 2 * EACH).boxed().toList());
        }
    }

    private static void fill(RingFile file, int first) throws IOException {
        for (int i = 0; i < EACH; i++) {
            file.header(i * STEP, TcpEventLayout.SIZE);
            file.putLong(i * STEP + RingFile.HEADER + TcpEventLayout.KTIME_NS, 2L * i + first);
        }
        file.produced((long) EACH * STEP);
    }

    private static void take(ByteBuffer batch, List<Long> into) {
        for (int at = 0; at < batch.limit(); at += TcpEventLayout.SIZE) {
            into.add(batch.getLong(at + TcpEventLayout.KTIME_NS));
        }
    }
}
