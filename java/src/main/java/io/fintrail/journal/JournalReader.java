package io.fintrail.journal;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TraceSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Reads a journal to a {@link TraceSink}; belongs to one thread. Records whose roll file is gone become a gap. */
public final class JournalReader implements AutoCloseable {
    static final String REMOVED = "missing in the journal: removed by --keep-age or --keep-size, or lost";

    private final Path directory;
    private final JournalCursor cursor;
    private final RecordDecoder decoder = new RecordDecoder();
    private final @Nullable AtomicInteger readerCycle;
    private final TcpEvent event = new TcpEvent();
    private Session session = new Session(new TreeMap<>());
    private Session announced = session;
    private boolean begun;
    private long index;
    private long removedBefore;
    private long clockNs;
    private boolean ended;
    private boolean sought;

    private JournalReader(Path directory, @Nullable AtomicInteger readerCycle) {
        this.directory = directory;
        this.readerCycle = readerCycle;
        cursor = new JournalCursor(directory, readerCycle != null);
    }

    /**
     * Opens what {@link JournalWriter#kept} wrote, also while it is being written.
     *
     * @throws DamagedJournalException if there is no journal, or one of another version
     */
    public static JournalReader open(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new DamagedJournalException(
                    directory + " is no directory: a journal is one, made by `record` or `live --keep`");
        }
        if (!isJournal(directory)) {
            ForeignJournal.refuse(directory);
        }
        return new JournalReader(directory, null);
    }

    /** The other end of {@link JournalWriter#passing}, which must have been made before. */
    public static JournalReader passing(Path directory, AtomicInteger readerCycle) {
        return new JournalReader(directory, readerCycle);
    }

    /** Whether {@link #open} would find a journal there. */
    public static boolean isJournal(Path directory) {
        return Files.isDirectory(directory) && !RollFiles.list(directory).isEmpty();
    }

    /**
     * Reads one document, if there is one.
     *
     * @return false when the journal holds nothing more for now
     * @throws DamagedJournalException if what is there is not whole, or not ours
     */
    public boolean readOne(TraceSink sink) {
        ByteBuffer document = cursor.next();
        if (document == null) {
            return false;
        }
        if (readerCycle != null) {
            readerCycle.setRelease(cursor.cycle());
        }
        byte type = document.get();
        document.getInt();
        ended = false;
        switch (type) {
            case Document.SESSION -> beginSection(text(document));
            case Document.SECTION -> {
                long drainedToNs = document.getLong();
                document.getLong(); // for JournalSearch
                enterSection(drainedToNs, document.getLong(), sink);
            }
            case Document.BATCH -> readBatch(document, sink);
            case Document.CLOCK -> {
                clockNs = document.getLong();
                sink.onClock(clockNs, document.getLong());
            }
            case Document.GAP ->
                sink.onGap(new Gap(
                        document.getLong(),
                        document.getLong(),
                        document.getLong(),
                        TcpEventKind.of(document.get()),
                        text(document)));
            case Document.NOTE ->
                sink.onNote(new HostNote(
                        document.getLong(), HostNote.Kind.of(document.get()), TrailText.fields(text(document))));
            case Document.END -> {
                ended = true;
                sink.onEnd(document.getLong());
            }
            default -> throw cursor.damaged("a document of the unknown type " + type, null);
        }
        return true;
    }

    private static String text(ByteBuffer document) {
        byte[] bytes = new byte[document.remaining()];
        document.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void beginSection(String words) {
        session = new Session(TrailText.fields(words));
        ForeignJournal.refuseIfForeign(directory, session);
        decoder.beginSection();
    }

    /** What a section repeats is told once; what is missing before it is told as lost. */
    private void enterSection(long drainedToNs, long nextIndex, TraceSink sink) {
        boolean sameRun = begun && session.run().equals(announced.run());
        if (!begun && !sought) {
            removedBefore = nextIndex - 1;
        }
        if (!sameRun || !session.fields().equals(announced.fields())) {
            announced = session;
            sink.onSession(session);
        }
        long expected = sameRun ? index : 1;
        if (begun && nextIndex > expected) {
            long fromNs = sameRun ? clockNs : drainedToNs;
            sink.onGap(new Gap(fromNs, drainedToNs, nextIndex - expected, TcpEventKind.UNKNOWN, REMOVED));
        }
        begun = true;
        index = nextIndex;
        clockNs = drainedToNs;
    }

    private void readBatch(ByteBuffer document, TraceSink sink) {
        decoder.read(document.position(Document.RECORDS_AT));
        while (decoder.hasNext()) {
            decoder.next(event);
            sink.onEvent(event, index++);
        }
    }

    /** Reads to the present end, and makes sure that it is one. */
    public void readAll(TraceSink sink) {
        while (readOne(sink)) {
            // each document is dispatched by readOne
        }
        requireWholeEnd();
    }

    /**
     * At the present end: that nothing is behind it which cannot be read.
     *
     * @throws DamagedJournalException if there is
     */
    public void requireWholeEnd() {
        cursor.requireWholeEnd();
    }

    /** The recording ended in order with what was read last. */
    public boolean isEnded() {
        return ended;
    }

    /** Whether a process writes to it now. */
    public boolean isWritten() {
        return JournalDirectory.isWritten(directory);
    }

    /** Records that the journal held before those that can be read: removed by {@link Retention}. */
    public long removedBefore() {
        return removedBefore;
    }

    /** Passes over what stands there already. */
    public JournalReader skipToEnd() {
        cursor.skipToEnd();
        return this;
    }

    /**
     * Goes to the last section that begins before {@code wallNs} (nanoseconds since 1970): what follows there knows no
     * socket yet, and holds at most a quarter of a mebibyte from before that time.
     */
    public JournalReader seek(long wallNs) {
        new JournalSearch(directory, cursor).moveBefore(wallNs);
        sought = true;
        return this;
    }

    /** When what can be read begins, nanoseconds since 1970. Reading goes on behind it. */
    public long firstWallNs() {
        return new JournalSearch(directory, cursor).firstWallNs();
    }

    /** When it ends for now, nanoseconds since 1970. Reading goes on behind it. */
    public long lastWallNs() {
        return new JournalSearch(directory, cursor).lastWallNs();
    }

    @Override
    public void close() {
        cursor.close();
    }
}
