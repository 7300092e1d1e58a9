package io.fintrail.journal;

import io.fintrail.event.TcpEventLayout;
import java.util.Arrays;

/**
 * The last record of each socket of a section, as far as there is room: a socket's slot follows from its cookie, and a
 * later socket may take it over. Encoder and decoder each keep one, and both are then in the same state. Plain arrays: in
 * the loops over words a ByteBuffer costs several times more.
 */
final class RecordTable {
    static final int SLOT_BITS = 13;

    /** Of four bytes. */
    static final int WORDS = TcpEventLayout.SIZE / Integer.BYTES;

    final int[] words = new int[WORDS << SLOT_BITS];
    private final int[] sectionOf = new int[1 << SLOT_BITS];
    private final long[] cookieOf = new long[1 << SLOT_BITS];
    private int section = 1;
    /** Where the record before is; -1 at a section's beginning. */
    private int previousAt = -1;

    void clear() {
        section++;
        previousAt = -1;
    }

    static int slotOf(long cookie) {
        return (int) ((cookie * 0x9E3779B97F4A7C15L) >>> (64 - SLOT_BITS));
    }

    static int at(int slot) {
        return slot * WORDS;
    }

    /** Whether the slot holds this section's last record of that socket. */
    boolean holds(int slot, long cookie) {
        return sectionOf[slot] == section && cookieOf[slot] == cookie;
    }

    /** The record before, whichever socket that was of, is where a socket begins; at a section's beginning nothing is. */
    void copyPreviousTo(int slotAt) {
        if (previousAt < 0) {
            Arrays.fill(words, slotAt, slotAt + WORDS, 0);
        } else {
            System.arraycopy(words, previousAt, words, slotAt, WORDS);
        }
    }

    void keep(int slot, long cookie) {
        sectionOf[slot] = section;
        cookieOf[slot] = cookie;
        previousAt = at(slot);
    }
}
