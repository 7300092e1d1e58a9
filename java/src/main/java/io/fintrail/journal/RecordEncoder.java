package io.fintrail.journal;

import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Packs records: of each only what differs from the last one of the same socket, or, for a socket that the section has
 * not seen, from the record before, whichever socket that was of. Identity travels once.
 *
 * <pre>
 * int changed | int changed | for each changed word of four bytes, lowest first: int difference
 * the first   bit i: word i differs
 * the second  bits 0 to 17: word 32 + i differs; bit 18: from the record before, not from the slot's; the rest: slot
 * difference  exclusive or
 * </pre>
 */
final class RecordEncoder {
    static final int FROM_PREVIOUS = 1 << 18;
    static final int SLOT_SHIFT = 19;

    private static final int HEAD = 2;

    private final RecordTable table = new RecordTable();
    private final int[] record = new int[RecordTable.WORDS];
    private final int[] packed;
    private int length;

    /** @param maxBytes what one document's records take at most, and a little more */
    RecordEncoder(int maxBytes) {
        packed = new int[maxBytes / Integer.BYTES + RecordTable.WORDS + HEAD];
    }

    /** What follows can be read without what was before. */
    void beginSection() {
        table.clear();
    }

    /** Bytes packed since {@link #drainTo}. */
    int bytes() {
        return length * Integer.BYTES;
    }

    /** Appends what was packed to {@code document}, and begins anew. */
    void drainTo(ByteBuffer document) {
        document.slice().order(ByteOrder.nativeOrder()).asIntBuffer().put(packed, 0, length);
        document.position(document.position() + bytes());
        length = 0;
    }

    /** Packs the record at {@code at} of {@code records}. */
    void put(ByteBuffer records, int at) {
        long cookie = records.getLong(at + TcpEventLayout.COOKIE);
        records.slice(at, TcpEventLayout.SIZE)
                .order(ByteOrder.nativeOrder())
                .asIntBuffer()
                .get(record);
        int slot = RecordTable.slotOf(cookie);
        boolean same = table.holds(slot, cookie);
        int[] known = table.words;
        int slotAt = RecordTable.at(slot);
        int baseAt = same ? slotAt : table.previousAt();
        int end = length + HEAD;
        int low = 0;
        int high = slot << SLOT_SHIFT | (same ? 0 : FROM_PREVIOUS);
        for (int i = 0; i < RecordTable.WORDS; i++) {
            int word = record[i];
            int difference = baseAt < 0 ? word : word ^ known[baseAt + i];
            known[slotAt + i] = word;
            if (difference != 0) {
                packed[end++] = difference;
                if (i < Integer.SIZE) {
                    low |= 1 << i;
                } else {
                    high |= 1 << i - Integer.SIZE;
                }
            }
        }
        packed[length] = low;
        packed[length + 1] = high;
        length = end;
        table.keep(slot, cookie);
    }
}
