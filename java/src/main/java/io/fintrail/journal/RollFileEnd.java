package io.fintrail.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How a roll file ends, as its bytes say: a queue file is a row of documents, each behind a header of four bytes, and a
 * tailer takes whatever is no whole document for the end. After an orderly end or the death of the writer there is nothing
 * behind it.
 *
 * <pre>
 * header (little-endian)   bit 31 still being written | bit 30 the queue's own, not ours | 30 bits length
 *                          0 nothing yet | 0xC0000000 the file is closed, another one follows
 * documents begin at multiples of 4
 * </pre>
 */
final class RollFileEnd {
    private static final int UNFINISHED = 0x8000_0000;
    private static final int QUEUES_OWN = 0x4000_0000;
    private static final int CLOSED = UNFINISHED | QUEUES_OWN;
    private static final int LENGTH = QUEUES_OWN - 1;

    private static final long PAGE = 4096;

    private final ByteBuffer bytes;
    private final CRC32C crc = new CRC32C();
    private int documents;
    private int at;

    private RollFileEnd(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /**
     * Null when the file holds {@code documents} documents of ours and ends after them as one does that was written by
     * us; else what is wrong with it. {@code ended}: its last document says that the recording ended in order.
     */
    static @Nullable String fault(Path file, int documents, boolean ended) throws IOException {
        try {
            return faultNow(file, documents, ended);
        } catch (InternalError e) {
            return faultNow(file, documents, ended); // its writer shortened it meanwhile
        }
    }

    private static @Nullable String faultNow(Path file, int documents, boolean ended) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size > Integer.MAX_VALUE) {
                return "it is larger than any that fintrail writes";
            }
            ByteBuffer bytes =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, size).order(ByteOrder.LITTLE_ENDIAN);
            return new RollFileEnd(bytes).fault(documents, ended);
        }
    }

    /** How many bytes of the file say something, in whole pages, and at least a header of zeros with them. */
    static long usedBytes(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            RollFileEnd end = new RollFileEnd(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
                    .order(ByteOrder.LITTLE_ENDIAN));
            end.walk();
            return Math.min(channel.size(), (end.at + 4 + PAGE) / PAGE * PAGE);
        }
    }

    private @Nullable String fault(int expected, boolean ended) {
        int header = walk();
        if (documents != expected) {
            return "it holds " + documents + " documents, of which " + expected + " can be read";
        }
        if (header == CLOSED) {
            return null;
        }
        if (at + 4 > bytes.limit()) {
            return ended ? null : "it is cut off";
        }
        if (header == 0) {
            return isZeroFrom(at) ? null : "there is more behind its end";
        }
        if ((header & UNFINISHED) == 0) {
            return "its last document is cut off";
        }
        return holdsOursFrom(at + 4, expected) ? "there is more behind an unfinished document" : null;
    }

    /** To the first header that is not that of a whole document; returns it. */
    private int walk() {
        while (at + 4 <= bytes.limit()) {
            int header = bytes.getInt(at);
            long next = ((long) at + 4 + (header & LENGTH) + 3) & ~3L;
            if (header == 0 || (header & UNFINISHED) != 0 || next > bytes.limit()) {
                return header;
            }
            boolean ours = (header & QUEUES_OWN) == 0;
            documents += ours || isOurs(at + 4, header & LENGTH, documents) ? 1 : 0;
            at = (int) next;
        }
        return 0;
    }

    /** A document of ours, whatever its header says. */
    private boolean isOurs(int start, int length, int number) {
        if (length < Document.HEADER_BYTES + Document.CRC_BYTES || length > Document.MAX_BYTES) {
            return false;
        }
        int end = start + length;
        if (end > bytes.limit()
                || bytes.duplicate().order(ByteOrder.nativeOrder()).getInt(start + 1) != number) {
            return false;
        }
        ByteBuffer body = bytes.duplicate()
                .order(ByteOrder.nativeOrder())
                .position(start)
                .limit(end - 4)
                .slice();
        return Document.crc(body.position(body.limit()), crc)
                == bytes.duplicate().order(ByteOrder.nativeOrder()).getInt(end - 4);
    }

    private boolean isZeroFrom(int start) {
        int i = start;
        for (; i + 8 <= bytes.limit(); i += 8) {
            if (bytes.getLong(i) != 0) {
                return false;
            }
        }
        for (; i < bytes.limit(); i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** The unfinished one is number {@code number}: what is behind it was written later. */
    private boolean holdsOursFrom(int start, int number) {
        for (int i = start & ~3; i + 4 <= bytes.limit(); i += 4) {
            int length = bytes.getInt(i) & LENGTH;
            if (length != 0 && (isOurs(i + 4, length, number + 1) || isOurs(i + 4, length, number))) {
                return true;
            }
        }
        return false;
    }
}
