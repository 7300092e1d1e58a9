package io.fintrail.journal;

import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;

/**
 * Packs records: of each only what differs from the last one of the same socket, or, for a socket that the section has
 * not seen, from the record before, whichever socket that was of. Identity travels once.
 *
 * <pre>
 * short slot | int changed | for each changed word, lowest first: byte shape | its bytes
 * changed   bit i: the i-th 8-byte word differs; bit 31: from the record before, not from the slot's
 * shape     low 3 bits: zero bytes below, next 3 bits: bytes that follow less one; the difference is an exclusive or
 * </pre>
 */
final class RecordEncoder {
    static final int WORDS = TcpEventLayout.SIZE / Long.BYTES;
    static final int FROM_PREVIOUS = 1 << 31;

    /** What one record can take, and what a word is written beyond its end. */
    static final int MAX_BYTES = 2 + 4 + WORDS * 9 + Long.BYTES;

    private final RecordTable table = new RecordTable();

    /** What follows can be read without what was before. */
    void beginSection() {
        table.clear();
    }

    /** Appends the record at {@code at} of {@code records} to {@code to}, which has room for {@link #MAX_BYTES}. */
    void put(ByteBuffer records, int at, ByteBuffer to) {
        long cookie = records.getLong(at + TcpEventLayout.COOKIE);
        int slot = RecordTable.slotOf(cookie);
        int slotAt = RecordTable.at(slot);
        boolean same = table.holds(slot, cookie);
        int baseAt = same ? slotAt : table.previousAt();
        ByteBuffer known = table.records;
        int headAt = to.position();
        int end = headAt + 6;
        int changed = same ? 0 : FROM_PREVIOUS;
        for (int i = 0; i < WORDS; i++) {
            int offset = i << 3;
            long word = records.getLong(at + offset);
            long difference = baseAt < 0 ? word : word ^ known.getLong(baseAt + offset);
            if (difference != 0) {
                changed |= 1 << i;
                int below = Long.numberOfTrailingZeros(difference) >>> 3;
                int bytes = 8 - (Long.numberOfLeadingZeros(difference) >>> 3) - below;
                to.put(end, (byte) (below | (bytes - 1) << 3));
                to.putLong(end + 1, difference >>> (below << 3));
                end += 1 + bytes;
            }
            known.putLong(slotAt + offset, word);
        }
        to.putShort(headAt, (short) slot);
        to.putInt(headAt + 2, changed);
        to.position(end);
        table.keep(slot);
    }
}
