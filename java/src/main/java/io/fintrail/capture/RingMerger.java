package io.fintrail.capture;

import io.fintrail.capture.libbpf.MappedRing;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Drains one ring per CPU into one batch in order of ktime. Nothing is allocated per record. One thread.
 */
final class RingMerger {
    static final int MAX_RECORDS = 1024;

    private final MappedRing[] rings;
    private final long[] headNs;
    private final ByteBuffer batch =
            ByteBuffer.allocateDirect(MAX_RECORDS * TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());

    RingMerger(List<MappedRing> rings) {
        this.rings = rings.toArray(MappedRing[]::new);
        headNs = new long[this.rings.length];
    }

    /** Fixes how far this drain goes: to what the kernel has written by now. */
    void begin() {
        for (int i = 0; i < rings.length; i++) {
            rings[i].begin();
            step(i);
        }
    }

    private void step(int ring) {
        headNs[ring] = rings[ring].next()
                ? rings[ring].data().getLong(rings[ring].recordAt() + TcpEventLayout.KTIME_NS)
                : Long.MAX_VALUE;
    }

    /**
     * The next records of this drain, ready to be read; empty when it is done. The buffer is reused, and the space of those of
     * the last batch given back: a ring that is full goes on losing until then.
     */
    ByteBuffer nextBatch() {
        publish();
        batch.clear();
        while (batch.hasRemaining()) {
            int oldest = oldest();
            if (oldest < 0) {
                break;
            }
            batch.put(batch.position(), rings[oldest].data(), rings[oldest].recordAt(), TcpEventLayout.SIZE);
            batch.position(batch.position() + TcpEventLayout.SIZE);
            step(oldest);
        }
        return batch.flip();
    }

    private int oldest() {
        int oldest = -1;
        long oldestNs = Long.MAX_VALUE;
        for (int i = 0; i < headNs.length; i++) {
            if (headNs[i] < oldestNs) {
                oldest = i;
                oldestNs = headNs[i];
            }
        }
        return oldest;
    }

    private void publish() {
        for (MappedRing ring : rings) {
            ring.publish();
        }
    }

    /** Gives the space back. Returns false when a record was still being written: older ones may follow it. */
    boolean finish() {
        publish();
        boolean allPassed = true;
        for (MappedRing ring : rings) {
            allPassed &= !ring.stoppedAtBusy();
        }
        return allPassed;
    }
}
