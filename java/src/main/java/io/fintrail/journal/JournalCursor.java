package io.fintrail.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
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
    private static final int USUAL_BYTES = 1 << 16;

    /** How long a file that cannot be read may hold a reader up. */
    private static final long PATIENCE_MS = 500;

    private static final int NONE = Integer.MIN_VALUE;

    private final Path directory;
    private final boolean ownFiles;
    private final ChronicleQueue queue;
    private final ExcerptTailer tailer;
    private final CRC32 crc = new CRC32();
    private ByteBuffer document = ByteBuffer.allocate(USUAL_BYTES).order(ByteOrder.nativeOrder());

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
        if (cycle == NONE
                && !enterFrom(
                        RollFiles.list(directory), RollFiles.list(directory).firstEntry())) {
            return null;
        }
        while (true) {
            ByteBuffer found = read();
            if (found != null) {
                return found;
            }
            NavigableMap<Integer, Path> files = RollFiles.list(directory);
            Map.Entry<Integer, Path> later = files.higherEntry(cycle);
            if (later == null) {
                return null;
            }
            // Its writer had left this file when it began a later one.
            found = read();
            if (found != null) {
                return found;
            }
            requireWholeFile();
            if (!enterFrom(files, later)) {
                return null;
            }
        }
    }

    /** Goes to the first file from there on that has a document; one that has none, and is not the last, must be whole. */
    private boolean enterFrom(NavigableMap<Integer, Path> files, Map.@Nullable Entry<Integer, Path> first) {
        for (Map.Entry<Integer, Path> file = first; file != null; file = files.higherEntry(file.getKey())) {
            if (moveTo(file.getKey(), 0)) {
                return true;
            }
            if (files.higherKey(file.getKey()) != null) {
                requireWhole(file.getValue());
            }
        }
        return false;
    }

    /** Goes to a document; false when it is not there. */
    boolean moveTo(int toCycle, int toNumber) {
        RollFileWalk there = null;
        boolean found = false;
        try {
            there = walkOf(toCycle);
            found = (there == null || there.moveTo(toNumber))
                    && tailer.moveToIndex(RollFiles.CYCLE.toIndex(toCycle, toNumber));
        } catch (NoSuchFileException e) {
            return false; // removed since it was listed
        } catch (Exception | InternalError e) {
            throw damaged(String.valueOf(e), e);
        } finally {
            if (!found) {
                closeUnlessCurrent(there);
            }
        }
        if (found) {
            closeUnlessSame(there);
            walk = there;
            cycle = toCycle;
            number = toNumber;
            ended = false;
        }
        return found;
    }

    private @Nullable RollFileWalk walkOf(int ofCycle) throws IOException {
        if (ownFiles) {
            return null;
        }
        return walk != null && ofCycle == cycle ? walk : new RollFileWalk(RollFiles.path(directory, ofCycle));
    }

    @SuppressWarnings("ReferenceEquality") // an owned handle
    private void closeUnlessCurrent(@Nullable RollFileWalk there) {
        if (there != null && there != walk) {
            there.close();
        }
    }

    @SuppressWarnings("ReferenceEquality") // an owned handle
    private void closeUnlessSame(@Nullable RollFileWalk there) {
        if (walk != null && there != walk) {
            walk.close();
        }
    }

    /** How many documents the roll file holds that is read now; what is read next has to be moved to. */
    int documents() {
        RollFileWalk walked = Objects.requireNonNull(walk);
        try {
            walked.moveTo(Integer.MAX_VALUE);
            return walked.number();
        } catch (IOException e) {
            throw damaged(String.valueOf(e.getMessage()), e);
        }
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
        if (document.capacity() < length) {
            document = ByteBuffer.allocate(Document.MAX_BYTES).order(ByteOrder.nativeOrder());
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
        if (JournalDirectory.isWritten(directory)) {
            return;
        }
        requireWholeFile();
        RollFiles.list(directory).tailMap(cycle, false).values().forEach(this::requireWhole);
    }

    /** A file in which nothing could be entered. */
    private void requireWhole(Path file) {
        if (ownFiles) {
            return;
        }
        String fault;
        try (RollFileWalk whole = new RollFileWalk(file)) {
            whole.moveTo(Integer.MAX_VALUE);
            fault = whole.faultAtEnd(false);
        } catch (NoSuchFileException e) {
            return; // removed since it was listed
        } catch (IOException e) {
            throw damaged(String.valueOf(e.getMessage()), e);
        }
        if (fault != null) {
            throw damaged(file.getFileName() + ": " + fault, null);
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
        NavigableMap<Integer, Path> files = RollFiles.list(directory);
        enterFrom(files, files.lastEntry());
        while (next() != null) {
            // passed over
        }
    }

    DamagedJournalException damaged(String what, @Nullable Throwable cause) {
        String where = (cycle == NONE ? directory : RollFiles.path(directory, cycle)).toString();
        return new DamagedJournalException(
                where + " is damaged after " + number + " documents (" + what.replace('\n', ' ') + ")", cause);
    }

    @Override
    public void close() {
        if (walk != null) {
            walk.close();
        }
        tailer.close();
        queue.close();
    }
}
