package io.fintrail.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.zip.CRC32C;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * Steps through the documents of a journal's roll files, each proven whole by its sum and its number. Where a file ends it
 * is looked at once more: a tailer takes damage for an end. One thread.
 */
final class JournalCursor implements AutoCloseable {
    /** How long a file that cannot be read may hold a reader up. */
    private static final long PATIENCE_MS = 500;

    private static final int NONE = Integer.MIN_VALUE;

    private final Path directory;
    private final boolean ownFiles;
    private final ChronicleQueue queue;
    private final ExcerptTailer tailer;
    private final CRC32C crc = new CRC32C();
    /** Room for what a decoder looks at beyond the end. */
    private final ByteBuffer document =
            ByteBuffer.allocateDirect(Document.MAX_BYTES + Long.BYTES).order(ByteOrder.nativeOrder());

    private int cycle = NONE;
    private int number;
    private boolean ended;
    private boolean beganFile;

    /** @param ownFiles read while this process writes and deletes them: nothing of them is damaged, or may be locked */
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

    /** The document that was read last is the first of its file. */
    boolean beganFile() {
        return beganFile;
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

    /** Goes to a document; false when it is not there. The next one read is at the beginning of a section, or nobody's. */
    boolean moveTo(int toCycle, int toNumber) {
        try {
            if (!tailer.moveToIndex(RollFiles.CYCLE.toIndex(toCycle, toNumber))) {
                return false;
            }
        } catch (Exception | InternalError e) {
            throw damaged(String.valueOf(e), e);
        }
        cycle = toCycle;
        number = toNumber;
        ended = false;
        return true;
    }

    private @Nullable ByteBuffer read() {
        int length;
        try (DocumentContext context = tailer.readingDocument()) {
            if (!context.isPresent()) {
                return null;
            }
            if (tailer.cycle() != cycle) {
                requireWholeFile();
                cycle = tailer.cycle();
                number = 0;
            }
            Bytes<?> bytes = Objects.requireNonNull(context.wire()).bytes();
            length = (int) bytes.readRemaining();
            if (length < Document.HEADER_BYTES + Document.CRC_BYTES || length > Document.MAX_BYTES) {
                throw damaged("a document of " + length + " bytes", null);
            }
            document.clear().limit(length);
            bytes.read(document);
        } catch (DamagedJournalException e) {
            throw e;
        } catch (Exception | InternalError e) {
            // Chronicle throws checked exceptions that it does not declare; a file that is cut off is an InternalError.
            throw damaged(String.valueOf(e), e);
        }
        return checked(length);
    }

    private ByteBuffer checked(int length) {
        int end = length - Document.CRC_BYTES;
        boolean whole = document.getInt(1) == number
                && Document.crc(document.clear().position(end), crc) == document.getInt(end);
        if (!whole) {
            ForeignJournal.refuseIfForeign(directory, document.clear().limit(length));
            throw damaged("a document's sum or number does not fit", null);
        }
        beganFile = number == 0;
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
        Path file = RollFiles.path(directory, cycle);
        if (ownFiles || !Files.exists(file)) {
            return;
        }
        String fault;
        try {
            fault = RollFileEnd.fault(file, number, ended);
        } catch (IOException e) {
            throw damaged(String.valueOf(e.getMessage()), e);
        }
        if (fault != null) {
            throw damaged(fault, null);
        }
    }

    /** Nothing more is read of what stands there already. */
    void skipToEnd() {
        NavigableMap<Integer, Path> files = RollFiles.list(directory);
        if (!files.isEmpty()) {
            cycle = files.lastKey();
            tailer.toEnd();
            number = (int) RollFiles.CYCLE.toSequenceNumber(tailer.index());
        }
    }

    DamagedJournalException damaged(String what, @Nullable Throwable cause) {
        String where = cycle == NONE
                ? directory.toString()
                : RollFiles.path(directory, cycle).toString();
        return new DamagedJournalException(
                where + " is damaged after " + number + " documents (" + what
                        + "): `replay --salvage` shows what is before",
                cause);
    }

    @Override
    public void close() {
        tailer.close();
        queue.close();
    }
}
