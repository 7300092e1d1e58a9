package io.fintrail.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * Steps through the documents of a journal's roll files, each proven whole by its sum and its number. A {@link RollFileWalk}
 * goes ahead of it, but not where this process writes the files itself. One thread.
 */
final class JournalCursor implements AutoCloseable {
    /** How long a file that cannot be read may hold a reader up. */
    private static final long PATIENCE_MS = 500;

    private static final int NONE = Integer.MIN_VALUE;

    private final Path directory;
    private final boolean ownFiles;
    private final ChronicleQueue queue;
    private final ExcerptTailer tailer;
    private final CRC32 crc = new CRC32();
    private final ByteBuffer document = ByteBuffer.allocate(Document.MAX_BYTES).order(ByteOrder.nativeOrder());

    private @Nullable RollFileWalk walk;
    private int cycle = NONE;
    private int number;
    private boolean ended;

    /** @param ownFiles read while this process writes and deletes them: what is there is whole */
    JournalCursor(Path directory, boolean ownFiles) {
        this.directory = directory;
        this.ownFiles = ownFiles;
        try {
            queue = SingleChronicleQueueBuilder.binary(directory)
                    .rollCycle(RollFiles.CYCLE)
                    .timeoutMS(PATIENCE_MS)
                    .readOnly(!ownFiles)
                    .build();
            tailer = queue.createTailer();
        } catch (Exception | InternalError e) {
            throw damaged("the queue cannot be opened: " + e, e);
        }
    }

    /** Of the roll file that is read now. */
    int cycle() {
        return cycle;
    }

    /** Number of the document that is read next. */
    int number() {
        return number;
    }

    /**
     * The next document's content from its type to its sum; null when there is none for now.
     *
     * @throws DamagedJournalException if what is there is no document of ours, or none that is whole
     */
    @Nullable
    ByteBuffer next() {
        if (cycle == NONE && !enter(RollFiles.list(directory).firstEntry())) {
            return null;
        }
        while (true) {
            ByteBuffer found = read();
            if (found != null) {
                return found;
            }
            Map.Entry<Integer, Path> later = RollFiles.list(directory).higherEntry(cycle);
            if (later == null) {
                return null;
            }
            // Its writer had left this file when it began a later one.
            found = read();
            if (found != null) {
                return found;
            }
            requireWholeFile();
            if (!enter(later)) {
                return null;
            }
        }
    }

    /** Goes to the beginning of a roll file; false when nothing is in it yet. */
    private boolean enter(Map.@Nullable Entry<Integer, Path> file) {
        return file != null && moveTo(file.getKey(), 0);
    }

    /** Goes to a document; false when it is not there. */
    boolean moveTo(int toCycle, int toNumber) {
        try {
            if (!walkTo(toCycle, toNumber) || !tailer.moveToIndex(RollFiles.CYCLE.toIndex(toCycle, toNumber))) {
                return false;
            }
        } catch (DamagedJournalException e) {
            throw e;
        } catch (Exception | InternalError e) {
            throw damaged(String.valueOf(e), e);
        }
        cycle = toCycle;
        number = toNumber;
        ended = false;
        return true;
    }

    /** How many documents a roll file holds; goes there. */
    int documents(int ofCycle) {
        try {
            walkTo(ofCycle, Integer.MAX_VALUE);
            return Objects.requireNonNull(walk).number();
        } catch (IOException e) {
            throw damaged(String.valueOf(e.getMessage()), e);
        }
    }

    private boolean walkTo(int toCycle, int toNumber) throws IOException {
        if (ownFiles) {
            return true;
        }
        RollFileWalk current = walk;
        if (current == null || toCycle != cycle) {
            closeWalk();
            current = new RollFileWalk(RollFiles.path(directory, toCycle));
            walk = current;
            cycle = toCycle;
        }
        return current.moveTo(toNumber);
    }

    private @Nullable ByteBuffer read() {
        int length;
        try {
            RollFileWalk ahead = walk;
            if (ahead != null && !ahead.hasNext()) {
                return null;
            }
            try (DocumentContext context = tailer.readingDocument()) {
                if (!context.isPresent() || tailer.cycle() != cycle) {
                    if (ahead != null) {
                        throw damaged("its documents cannot be found", null);
                    }
                    if (!context.isPresent()) {
                        return null;
                    }
                    cycle = tailer.cycle();
                    number = 0;
                }
                length = copy(Objects.requireNonNull(context.wire()).bytes());
            }
            if (ahead != null) {
                ahead.next();
            }
        } catch (DamagedJournalException e) {
            throw e;
        } catch (Exception | InternalError e) {
            // Chronicle throws checked exceptions that it does not declare.
            throw damaged(String.valueOf(e), e);
        }
        return checked(length);
    }

    private int copy(Bytes<?> bytes) {
        int length = (int) bytes.readRemaining();
        if (length < Document.HEADER_BYTES + Document.CRC_BYTES || length > Document.MAX_BYTES) {
            throw damaged("a document of " + length + " bytes", null);
        }
        bytes.read(document.clear().array(), 0, length); // into a ByteBuffer it goes byte by byte
        return length;
    }

    private ByteBuffer checked(int length) {
        int end = length - Document.CRC_BYTES;
        boolean whole = document.getInt(1) == number
                && Document.crc(document.clear().position(end), crc) == document.getInt(end);
        if (!whole) {
            ForeignJournal.refuseIfForeign(directory, document.clear().limit(length));
            throw damaged("a document's sum or number does not fit", null);
        }
        number++;
        document.clear().limit(end);
        ended = document.get(0) == Document.END;
        return document;
    }

    /** Where nothing follows for now, and nobody will write any more. */
    void requireWholeEnd() {
        if (cycle != NONE && !JournalDirectory.isWritten(directory)) {
            requireWholeFile();
        }
    }

    private void requireWholeFile() {
        RollFileWalk walked = walk;
        if (walked == null) {
            return;
        }
        String fault;
        try {
            fault = walked.faultAtEnd(ended);
        } catch (IOException e) {
            throw damaged(String.valueOf(e.getMessage()), e);
        }
        if (fault != null) {
            throw damaged(fault, null);
        }
    }

    /** Nothing more is read of what stands there already. */
    void skipToEnd() {
        enter(RollFiles.list(directory).lastEntry());
        while (next() != null) {
            // passed over
        }
    }

    DamagedJournalException damaged(String what, @Nullable Throwable cause) {
        String where = (cycle == NONE ? directory : RollFiles.path(directory, cycle)).toString();
        return new DamagedJournalException(
                where + " is damaged after " + number + " documents (" + what.replace('\n', ' ')
                        + "): `replay --salvage` shows what is before",
                cause);
    }

    private void closeWalk() throws IOException {
        if (walk != null) {
            walk.close();
            walk = null;
        }
    }

    @Override
    public void close() {
        try {
            closeWalk();
        } catch (IOException e) {
            throw damaged(String.valueOf(e.getMessage()), e);
        } finally {
            tailer.close();
            queue.close();
        }
    }
}
