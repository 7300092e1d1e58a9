package io.fintrail.journal;

import io.fintrail.event.TcpEvent;
import java.nio.ByteBuffer;

/** Unpacks what {@link RecordEncoder} packed; the event is a flyweight over this decoder's own memory. */
final class RecordDecoder {
    private final RecordTable table = new RecordTable();

    void beginSection() {
        table.clear();
    }

    /** Moves {@code event} to the next record of {@code from}; may look at 8 bytes beyond it. */
    void next(ByteBuffer from, TcpEvent event) {
        int slot = from.getShort() & 0xffff;
        int changed = from.getInt();
        int slotAt = RecordTable.at(slot);
        int baseAt = (changed & RecordEncoder.FROM_PREVIOUS) == 0 ? slotAt : table.previousAt();
        ByteBuffer known = table.records;
        int at = from.position();
        for (int i = 0; i < RecordEncoder.WORDS; i++) {
            int offset = i << 3;
            long word = baseAt < 0 ? 0 : known.getLong(baseAt + offset);
            if ((changed & 1 << i) != 0) {
                int shape = from.get(at);
                int bits = (shape >>> 3) + 1 << 3;
                long difference = from.getLong(at + 1) & (-1L >>> 64 - bits);
                word ^= difference << ((shape & 7) << 3);
                at += 1 + (bits >>> 3);
            }
            known.putLong(slotAt + offset, word);
        }
        from.position(at);
        table.keep(slot);
        event.wrap(known, slotAt);
    }
}
