package io.fintrail.journal;

import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

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
    private static final int USUAL_WORDS = 4096;

    private final RecordTable table = new RecordTable();
    private final int[] record = new int[RecordTable.WORDS];
    private int[] packed = new int[USUAL_WORDS];
    private int length;
    private @Nullable ByteBuffer seen;
    private @Nullable IntBuffer seenWords;
    private @Nullable ByteBuffer seenDocument;
    private @Nullable IntBuffer documentWords;
    private int documentFrom;

    /** What follows can be read without what was before. */
    void beginSection() {
        table.clear();
    }

    /** Bytes packed since {@link #drainTo}. */
    int bytes() {
        return length * Integer.BYTES;
    }

    /** Appends what was packed to {@code document}, and begins anew. As a rule it is the same, and filled up to the same place. */
    @SuppressWarnings("ReferenceEquality") // what is in it changes
    void drainTo(ByteBuffer document) {
        IntBuffer words = documentWords;
        if (words == null || document != seenDocument || document.position() != documentFrom) {
            words = document.slice().order(ByteOrder.nativeOrder()).asIntBuffer();
            documentWords = words;
            seenDocument = document;
            documentFrom = document.position();
        }
        words.clear().put(packed, 0, length);
        document.position(document.position() + bytes());
        length = 0;
    }

    /** Whoever drains uses one buffer again and again. */
    @SuppressWarnings("ReferenceEquality") // what is in it changes
    private IntBuffer wordsOf(ByteBuffer records) {
        IntBuffer words = seenWords;
        if (words == null || records != seen) {
            words = records.duplicate().clear().order(ByteOrder.nativeOrder()).asIntBuffer();
            seenWords = words;
            seen = records;
        }
        return words;
    }

    /** Packs the record at {@code at} of {@code records}. */
    void put(ByteBuffer records, int at) {
        long cookie = records.getLong(at + TcpEventLayout.COOKIE);
        wordsOf(records).get(at / Integer.BYTES, record);
        int slot = RecordTable.slotOf(cookie);
        boolean same = table.holds(slot, cookie);
        int[] known = table.of(slot);
        if (!same) {
            table.copyPreviousTo(known);
        }
        int head = length;
        length += HEAD;
        if (packed.length < length + RecordTable.WORDS) {
            packed = Arrays.copyOf(packed, 2 * packed.length);
        }
        packed[head] = change(known, 0, Integer.SIZE);
        int high = change(known, Integer.SIZE, RecordTable.WORDS);
        packed[head + 1] = high | (slot << SLOT_SHIFT) | (same ? 0 : FROM_PREVIOUS);
        table.keep(slot, cookie);
    }

    /** Packs what differs in the words from {@code from} to {@code to}; returns a bit for each. */
    private int change(int[] known, int from, int to) {
        int end = length;
        int changed = 0;
        for (int i = from; i < to; i++) {
            int word = record[i];
            int difference = word ^ known[i];
            if (difference != 0) {
                known[i] = word;
                packed[end++] = difference;
                changed |= 1 << (i - from);
            }
        }
        length = end;
        return changed;
    }
}
