package io.fintrail.journal;

import io.fintrail.event.TcpEvent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Unpacks what {@link RecordEncoder} packed. */
final class RecordDecoder {
    private final RecordTable table = new RecordTable();
    private int[] packed = {};
    private int length;
    private int at;

    void beginSection() {
        table.clear();
    }

    /** Takes in what remains of a document. */
    void read(ByteBuffer document) {
        length = document.remaining() / Integer.BYTES;
        at = 0;
        if (packed.length < length) {
            packed = new int[Math.max(length, 2 * packed.length)];
        }
        document.slice().order(ByteOrder.nativeOrder()).asIntBuffer().get(packed, 0, length);
    }

    boolean hasNext() {
        return at < length;
    }

    /** Moves {@code event} to the next record. */
    void next(TcpEvent event) {
        int low = packed[at];
        int high = packed[at + 1];
        int slot = high >>> RecordEncoder.SLOT_SHIFT;
        int[] known = table.of(slot);
        if ((high & RecordEncoder.FROM_PREVIOUS) != 0) {
            table.copyPreviousTo(known);
        }
        at += 2;
        change(known, 0, low);
        change(known, Integer.SIZE, high & RecordEncoder.FROM_PREVIOUS - 1);
        event.wrap(known);
        table.keep(slot, 0);
    }

    private void change(int[] known, int from, int changed) {
        for (int left = changed; left != 0; left &= left - 1) {
            known[from + Integer.numberOfTrailingZeros(left)] ^= packed[at++];
        }
    }
}
