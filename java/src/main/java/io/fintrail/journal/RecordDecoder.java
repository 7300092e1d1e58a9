package io.fintrail.journal;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/** Unpacks what {@link RecordEncoder} packed. */
final class RecordDecoder {
    private final RecordTable table = new RecordTable();
    private final int[] packed = new int[Document.MAX_BYTES / Integer.BYTES];
    private final ByteBuffer record =
            ByteBuffer.allocateDirect(TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
    private final IntBuffer recordWords = record.asIntBuffer();
    private int length;
    private int at;

    void beginSection() {
        table.clear();
    }

    /** Takes in what remains of a document. */
    void read(ByteBuffer document) {
        length = document.remaining() / Integer.BYTES;
        at = 0;
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
        int slotAt = RecordTable.at(slot);
        int baseAt = (high & RecordEncoder.FROM_PREVIOUS) == 0 ? slotAt : table.previousAt();
        int[] known = table.words;
        int from = at + 2;
        for (int i = 0; i < RecordTable.WORDS; i++) {
            int word = baseAt < 0 ? 0 : known[baseAt + i];
            boolean changed = i < Integer.SIZE ? (low >>> i & 1) != 0 : (high >>> i - Integer.SIZE & 1) != 0;
            known[slotAt + i] = changed ? word ^ packed[from++] : word;
        }
        at = from;
        recordWords.put(0, known, slotAt, RecordTable.WORDS);
        event.wrap(record, 0);
        table.keep(slot, 0);
    }
}
