package io.fintrail.journal;

import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The last record of each socket of a section, as far as there is room: a socket's slot follows from its cookie, and a
 * later socket may take it over. Encoder and decoder each keep one, and both are then in the same state.
 */
final class RecordTable {
    /** 2^14 slots of 200 bytes; only those that are used take memory. */
    private static final int SLOT_BITS = 14;

    final ByteBuffer records =
            ByteBuffer.allocateDirect((1 << SLOT_BITS) * TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
    private final int[] sectionOf = new int[1 << SLOT_BITS];
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
        return slot * TcpEventLayout.SIZE;
    }

    /** Whether the slot holds this section's last record of that socket. */
    boolean holds(int slot, long cookie) {
        return sectionOf[slot] == section && records.getLong(at(slot) + TcpEventLayout.COOKIE) == cookie;
    }

    int previousAt() {
        return previousAt;
    }

    void keep(int slot) {
        sectionOf[slot] = section;
        previousAt = at(slot);
    }
}
