package io.fintrail.journal;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TraceSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.LegacyRollCycles;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Reads a journal to a {@link TraceSink}; belongs to one thread. A document that was written twice is passed over, one
 * that is missing becomes a gap.
 */
public final class JournalReader implements AutoCloseable {
    private final ChronicleQueue queue;
    private final ExcerptTailer tailer;
    private final Path directory;
    private final AtomicInteger cycle = new AtomicInteger(Integer.MIN_VALUE);
    private final TcpEvent event = new TcpEvent();
    private ByteBuffer batch =
            ByteBuffer.allocateDirect(256 * TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
    private long lastNumber = -1;
    private long lastClockNs;
    private long missing;

    private JournalReader(Path directory, RollCycle rollCycle, boolean readOnly) {
        this.directory = directory;
        queue = SingleChronicleQueueBuilder.binary(directory)
                .rollCycle(rollCycle)
                .readOnly(readOnly)
                .build();
        tailer = queue.createTailer();
    }

    /**
     * Opens what {@link JournalWriter#kept} wrote.
     *
     * @throws DamagedJournalException if there is no journal
     */
    public static JournalReader open(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new DamagedJournalException(directory + " is no directory: a journal is one, made by `live --keep`");
        }
        try (Stream<Path> files = Files.list(directory)) {
            if (files.noneMatch(p -> p.toString().endsWith(".cq4"))) {
                throw new DamagedJournalException(directory + " holds no journal (no .cq4 file in it)");
            }
        }
        try {
            return new JournalReader(directory, RollCycles.FAST_HOURLY, true);
        } catch (Exception e) {
            throw damaged(directory, 0, e);
        }
    }

    /** The other end of {@link JournalWriter#passing}, which must have been made before. */
    public static JournalReader passing(Path directory, AtomicInteger readerCycle) {
        return new JournalReader(directory, LegacyRollCycles.MINUTELY, false).sharing(readerCycle);
    }

    private JournalReader sharing(AtomicInteger shared) {
        onCycle = shared;
        return this;
    }

    private AtomicInteger onCycle = cycle;

    /**
     * Reads one document, if there is one.
     *
     * @return false when the journal holds nothing more for now
     * @throws DamagedJournalException if the document is not one of ours
     */
    public boolean readOne(TraceSink sink) {
        try (DocumentContext document = next()) {
            if (!document.isPresent()) {
                return false;
            }
            onCycle.setRelease(tailer.cycle());
            Bytes<?> bytes = Objects.requireNonNull(document.wire()).bytes();
            byte type = bytes.readByte();
            if (!isNew(bytes.readLong())) {
                return true;
            }
            read(type, bytes, sink);
            return true;
        } catch (java.nio.BufferUnderflowException | IllegalStateException e) {
            throw damaged(directory, lastNumber, e);
        }
    }

    /** Chronicle throws checked exceptions that it does not declare (StreamCorruptedException). */
    private DocumentContext next() {
        try {
            return tailer.readingDocument();
        } catch (Exception e) {
            throw damaged(directory, lastNumber, e);
        }
    }

    private static DamagedJournalException damaged(Path directory, long documents, Exception cause) {
        return new DamagedJournalException(
                directory + " is damaged after " + Math.max(documents, 0) + " documents: " + cause, cause);
    }

    /** Passes over what stands there already. */
    public JournalReader skipToEnd() {
        tailer.toEnd();
        return this;
    }

    /** Whether {@link #open} would find a journal there. */
    public static boolean isJournal(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(p -> p.toString().endsWith(".cq4"));
        }
    }

    /** Reads to the present end. */
    public void readAll(TraceSink sink) {
        while (readOne(sink)) {
            // each document is dispatched by readOne
        }
    }

    private boolean isNew(long number) {
        if (number <= lastNumber && number > 1) {
            return false;
        }
        if (lastNumber >= 0 && number > lastNumber + 1) {
            missing += number - lastNumber - 1;
        }
        lastNumber = number;
        return true;
    }

    /** The time of what is missing ends at the latest with what comes next. */
    private void tellOfMissing(long toNs, TraceSink sink) {
        if (missing > 0) {
            long lost = missing;
            missing = 0;
            sink.onGap(new Gap(lastClockNs, toNs, lost, TcpEventKind.UNKNOWN, "documents missing in the journal"));
        }
    }

    private void read(byte type, Bytes<?> bytes, TraceSink sink) {
        switch (type) {
            case Document.SESSION -> sink.onSession(session(Objects.requireNonNull(bytes.readUtf8())));
            case Document.BATCH -> readBatch(bytes, sink);
            case Document.CLOCK -> {
                long drainedToNs = bytes.readLong();
                tellOfMissing(drainedToNs, sink);
                lastClockNs = drainedToNs;
                sink.onClock(lastClockNs, bytes.readLong());
            }
            case Document.GAP ->
                sink.onGap(new Gap(
                        bytes.readLong(),
                        bytes.readLong(),
                        bytes.readLong(),
                        TcpEventKind.of(bytes.readByte()),
                        Objects.requireNonNull(bytes.readUtf8())));
            case Document.NOTE ->
                sink.onNote(new HostNote(
                        bytes.readLong(),
                        HostNote.Kind.of(bytes.readByte()),
                        TrailText.fields(Objects.requireNonNull(bytes.readUtf8()))));
            case Document.END -> {
                long ktimeNs = bytes.readLong();
                tellOfMissing(ktimeNs, sink);
                sink.onEnd(ktimeNs);
            }
            default ->
                throw new DamagedJournalException(directory + " holds a document of unknown type " + type
                        + ": not a fintrail journal, or one of a later version");
        }
    }

    private Session session(String text) {
        Session session = new Session(TrailText.fields(text));
        boolean known =
                session.format() == Session.FORMAT && session.fingerprint().equals(TcpEventLayout.FINGERPRINT);
        if (!known) {
            throw new DamagedJournalException(directory + " was written in format " + session.format() + ", layout "
                    + session.fingerprint() + "; this fintrail reads format " + Session.FORMAT + ", layout "
                    + TcpEventLayout.FINGERPRINT + ": use the fintrail that wrote it");
        }
        return session;
    }

    private void readBatch(Bytes<?> bytes, TraceSink sink) {
        long index = bytes.readLong();
        int count = bytes.readInt();
        int length = count * TcpEventLayout.SIZE;
        if (count < 0 || bytes.readRemaining() < length) {
            throw new DamagedJournalException(
                    directory + " holds a batch of " + count + " records in " + bytes.readRemaining() + " bytes");
        }
        if (batch.capacity() < length) {
            batch = ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
        }
        batch.clear().limit(length);
        bytes.read(batch);
        if (count > 0) {
            tellOfMissing(event.wrap(batch, (count - 1) * TcpEventLayout.SIZE).ktimeNs(), sink);
        }
        for (int i = 0; i < count; i++) {
            sink.onEvent(event.wrap(batch, i * TcpEventLayout.SIZE), index + i);
        }
    }

    @Override
    public void close() {
        tailer.close();
        queue.close();
    }
}
