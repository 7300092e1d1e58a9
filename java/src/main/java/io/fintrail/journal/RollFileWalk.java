package io.fintrail.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Walks the headers of a roll file, one step ahead of whoever reads its documents: a mapped file that is shorter than it
 * says kills the reader (SIGBUS), and what is no whole document is taken for the end. Not of a file being written by this
 * process.
 *
 * <pre>
 * header (little-endian)   bit 31 still being written | bit 30 the queue's own, not ours | 30 bits length
 *                          0 nothing yet | 0xC0000000 the file is closed, another one follows
 * documents begin at multiples of 4
 * </pre>
 */
final class RollFileWalk implements AutoCloseable {
    private static final int UNFINISHED = 0x8000_0000;
    private static final int QUEUES_OWN = 0x4000_0000;
    private static final int CLOSED = UNFINISHED | QUEUES_OWN;
    private static final int LENGTH = QUEUES_OWN - 1;
    private static final int HEADER_BYTES = 4;
    private static final long PAGE = 4096;
    private static final int PASSED_EVERY = 64;

    private final FileChannel channel;
    private final CRC32 crc = new CRC32();
    private final ByteBuffer word = ByteBuffer.allocateDirect(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    /** Where each 64th document is, as far as the walk has been. */
    private final List<Long> passed = new ArrayList<>();

    private long at;
    private int number;
    private @Nullable String fault;

    RollFileWalk(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    /** Number of the next document of ours. */
    int number() {
        return number;
    }

    /** Whether a whole document of ours comes next; passes over the queue's own. */
    boolean hasNext() throws IOException {
        while (fault == null) {
            int header = header();
            if (header == 0 || (header & UNFINISHED) != 0) {
                return false;
            }
            if (at + HEADER_BYTES + (header & LENGTH) > channel.size()) {
                fault = "its last document is cut off";
                return false;
            }
            if ((header & QUEUES_OWN) == 0) {
                return true;
            }
            if (isOurs(at + HEADER_BYTES, header & LENGTH, number)) {
                fault = "a document is marked as the queue's own";
                return false;
            }
            skip(header);
        }
        return false;
    }

    /** Steps over the document that {@link #hasNext} found. */
    void next() throws IOException {
        if (number == passed.size() * PASSED_EVERY) {
            passed.add(at);
        }
        skip(header());
        number++;
    }

    /** To the document with that number; false where there are not so many. */
    boolean moveTo(int toNumber) throws IOException {
        int known = Math.min(toNumber / PASSED_EVERY, passed.size() - 1);
        boolean nearer = toNumber < number || known * PASSED_EVERY > number;
        if (known < 0) {
            fault = null;
            at = 0;
            number = 0;
        } else if (nearer) {
            fault = null;
            at = passed.get(known);
            number = known * PASSED_EVERY;
        }
        while (number < toNumber && hasNext()) {
            next();
        }
        return number == toNumber && hasNext();
    }

    /** 0 where there is none, also behind the end. */
    private int header() throws IOException {
        return channel.read(word.clear(), at) < HEADER_BYTES ? 0 : word.getInt(0);
    }

    private void skip(int header) {
        at = (at + HEADER_BYTES + (header & LENGTH) + 3) & ~3L;
    }

    /**
     * What is wrong with the place where the walk has come to its end; null when a writer leaves a file so: closed, or
     * with nothing behind, whether it ended in order ({@code ended}) or was killed.
     */
    @Nullable
    String faultAtEnd(boolean ended) throws IOException {
        if (fault != null || header() == CLOSED) {
            return fault;
        }
        if (at + HEADER_BYTES > channel.size()) {
            return ended ? null : "it is cut off";
        }
        ByteBuffer rest = ByteBuffer.allocate((int) Math.min(channel.size() - at, Integer.MAX_VALUE - 8))
                .order(ByteOrder.nativeOrder());
        while (rest.hasRemaining() && channel.read(rest, at + rest.position()) > 0) {
            // until all of it is there
        }
        // A document is put before its header: a writer that was killed may leave it so, whole or in part.
        int unfinished = header() == 0 ? number + 1 : number;
        return holdsOurs(rest.flip(), unfinished) ? "there is more behind its end" : null;
    }

    /** Whether a whole document is in there that has that number, or the one after it. */
    private boolean holdsOurs(ByteBuffer rest, int first) throws IOException {
        for (int i = 0; i + HEADER_BYTES + Document.HEADER_BYTES <= rest.limit(); i += HEADER_BYTES) {
            int length = rest.getInt(i) & LENGTH;
            int claimed = rest.getInt(i + HEADER_BYTES + 1);
            boolean next = claimed == first || claimed == first + 1;
            if (next && isOurs(at + i + HEADER_BYTES, length, claimed)) {
                return true;
            }
        }
        return false;
    }

    /** A whole document of ours, whatever its header says. */
    private boolean isOurs(long start, int length, int expected) throws IOException {
        if (length < Document.HEADER_BYTES + Document.CRC_BYTES || length > Document.MAX_BYTES) {
            return false;
        }
        ByteBuffer document = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
        if (channel.read(document, start) < length || document.getInt(1) != expected) {
            return false;
        }
        int end = length - Document.CRC_BYTES;
        return Document.crc(document.position(end), crc) == document.getInt(end);
    }

    /** When the file was begun, as its first SECTION says: milliseconds since 1970; 0 where it says nothing. */
    static long beganMs(Path file) throws IOException {
        try (RollFileWalk walk = new RollFileWalk(file)) {
            ByteBuffer section = ByteBuffer.allocate(Document.HEADER_BYTES + 16).order(ByteOrder.nativeOrder());
            if (!walk.moveTo(1) || walk.channel.read(section, walk.at + HEADER_BYTES) < section.capacity()) {
                return 0;
            }
            boolean says = section.get(0) == Document.SECTION;
            long wallNs = section.getLong(Document.HEADER_BYTES) + section.getLong(Document.HEADER_BYTES + 8);
            return says ? wallNs / 1_000_000 : 0;
        }
    }

    /** How many bytes of the file say something, in whole pages, and a header of zeros with them. */
    static long usedBytes(Path file) throws IOException {
        try (RollFileWalk walk = new RollFileWalk(file)) {
            while (walk.hasNext()) {
                walk.next();
            }
            return Math.min(walk.channel.size(), (walk.at + HEADER_BYTES + PAGE) / PAGE * PAGE);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close a roll file", e);
        }
    }
}
