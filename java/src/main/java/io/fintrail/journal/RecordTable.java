package io.fintrail.journal;

import io.fintrail.event.TcpEventLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The last record of each socket of a section, as far as there is room: a socket's slot follows from its cookie, and a
 * later socket may take it over. Encoder and decoder each keep one, and both are then in the same state. Plain arrays, made
 * when they are needed: in the loops over words a ByteBuffer costs several times more.
 */
final class RecordTable {
    static final int SLOT_BITS = 13;

    /** Of four bytes. */
    static final int WORDS = TcpEventLayout.SIZE / Integer.BYTES;

    private final int[] @Nullable [] records = new int[1 << SLOT_BITS] @Nullable [];
    private final int[] sectionOf = new int[1 << SLOT_BITS];
    private final long[] cookieOf = new long[1 << SLOT_BITS];
    private int section = 1;
    /** The record before; null at a section's beginning. */
    private int @Nullable [] previous;

    void clear() {
        section++;
        previous = null;
    }

    static int slotOf(long cookie) {
        return (int) ((cookie * 0x9E3779B97F4A7C15L) >>> (64 - SLOT_BITS));
    }

    /** The slot's record, to be changed in place. */
    int[] of(int slot) {
        int[] record = records[slot];
        if (record == null) {
            record = new int[WORDS];
            records[slot] = record;
        }
        return record;
    }

    /** Whether the slot holds this section's last record of that socket. */
    boolean holds(int slot, long cookie) {
        return sectionOf[slot] == section && cookieOf[slot] == cookie;
    }

    /** The record before, whichever socket that was of, is where a socket begins; at a section's beginning nothing is. */
    void copyPreviousTo(int[] record) {
        if (previous == null) {
            Arrays.fill(record, 0);
        } else {
            System.arraycopy(previous, 0, record, 0, WORDS);
        }
    }

    void keep(int slot, long cookie) {
        sectionOf[slot] = section;
        cookieOf[slot] = cookie;
        previous = of(slot);
    }
}
