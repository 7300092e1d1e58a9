package io.fintrail.journal;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.RecordSink;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.LegacyRollCycles;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * Writes a journal; belongs to one thread. One document for each drain, so a drain is kept or lost whole. Beyond
 * {@code maxBytes} that the reader has not passed, batches are counted and become a gap.
 */
public final class JournalWriter implements RecordSink, AutoCloseable {
    private static final long BLOCK_BYTES = 4 << 20;
    private static final long SPARE_DISK_BYTES = 64L << 20;

    private final Path directory;
    private final long maxBytes;
    private final boolean deletesBehindReader;
    private final AtomicInteger readerCycle;
    private final RollCycle rollCycle;
    private final ChronicleQueue queue;
    private final ExcerptAppender appender;
    private final TreeMap<Integer, Long> bytesByCycle = new TreeMap<>();
    private long nowMs = System.currentTimeMillis();
    private int sessionCycle = Integer.MIN_VALUE;
    private long number;
    private long index = 1;
    private long lastDrainedNs;
    private long refused;
    private long refusedFromNs;
    private long refusedToNs;
    private @Nullable Session session;

    private JournalWriter(
            Path directory,
            RollCycle rollCycle,
            long maxBytes,
            AtomicInteger readerCycle,
            boolean deletesBehindReader) {
        this.directory = directory;
        this.rollCycle = rollCycle;
        this.maxBytes = maxBytes;
        this.readerCycle = readerCycle;
        this.deletesBehindReader = deletesBehindReader;
        queue = SingleChronicleQueueBuilder.binary(directory)
                .rollCycle(rollCycle)
                .blockSize((int) BLOCK_BYTES)
                .timeProvider(() -> nowMs)
                .build();
        appender = queue.createAppender();
    }

    /** A journal that is kept: rolls by the hour, bounded only by the disk. */
    public static JournalWriter kept(Path directory) {
        return new JournalWriter(
                directory, RollCycles.FAST_HOURLY, Long.MAX_VALUE, new AtomicInteger(Integer.MIN_VALUE), false);
    }

    /**
     * A journal between a writer and a reader in one process: rolls by the minute, and what the reader has passed is
     * deleted. {@code readerCycle} is {@link JournalReader#cycle()}, shared by both.
     */
    public static JournalWriter passing(Path directory, long maxBytes, AtomicInteger readerCycle) {
        return new JournalWriter(directory, LegacyRollCycles.MINUTELY, maxBytes, readerCycle, true);
    }

    @Override
    public void session(Session session) {
        this.session = session;
        sessionCycle = Integer.MIN_VALUE;
        describe();
    }

    /** Each roll file begins with the session, so that removing an old one never takes the description away. */
    private void describe() {
        nowMs = System.currentTimeMillis();
        int cycle = rollCycle.current(() -> nowMs, 0);
        Session current = session;
        if (cycle == sessionCycle || current == null) {
            return;
        }
        sessionCycle = cycle;
        try (DocumentContext document = appender.writingDocument()) {
            header(document, Document.SESSION).writeUtf8(TrailText.words(current.fields()));
        }
        forgetWhatWasRead();
    }

    private Bytes<?> header(DocumentContext document, byte type) {
        Bytes<?> bytes = java.util.Objects.requireNonNull(document.wire()).bytes();
        bytes.writeByte(type).writeLong(++number);
        return bytes;
    }

    @Override
    public void batch(ByteBuffer records) {
        int count = records.remaining() / TcpEventLayout.SIZE;
        if (!hasRoomFor(records.remaining())) {
            if (refused == 0) {
                refusedFromNs = lastDrainedNs;
            }
            refused += count;
            refusedToNs = lastKtimeNs(records);
            return;
        }
        tellOfRefused();
        describe();
        bytesByCycle.merge(sessionCycle, (long) records.remaining(), Long::sum);
        try (DocumentContext document = appender.writingDocument()) {
            Bytes<?> bytes = header(document, Document.BATCH);
            bytes.writeLong(index).writeInt(count);
            bytes.write(bytes.writePosition(), records, records.position(), records.remaining());
            bytes.writeSkip(records.remaining());
        }
        index += count;
    }

    private static long lastKtimeNs(ByteBuffer records) {
        int last = records.limit() - TcpEventLayout.SIZE;
        return records.duplicate().order(ByteOrder.nativeOrder()).getLong(last + TcpEventLayout.KTIME_NS);
    }

    private boolean hasRoomFor(int bytes) {
        if (directory.toFile().getUsableSpace() <= SPARE_DISK_BYTES) {
            return false;
        }
        if (maxBytes == Long.MAX_VALUE) {
            return true;
        }
        long unread = 0;
        for (long size : bytesByCycle.tailMap(readerCycle.get(), true).values()) {
            unread += size;
        }
        return unread + bytes <= maxBytes;
    }

    private void tellOfRefused() {
        if (refused == 0) {
            return;
        }
        long lost = refused;
        refused = 0;
        gap(new Gap(refusedFromNs, refusedToNs, lost, TcpEventKind.UNKNOWN, "no room in the journal"));
    }

    @Override
    public void clock(long drainedToNs, long wallOffsetNs) {
        // Deadlines fire on it: whoever judges then must know what is missing.
        tellOfRefused();
        lastDrainedNs = drainedToNs;
        describe();
        try (DocumentContext document = appender.writingDocument()) {
            header(document, Document.CLOCK).writeLong(drainedToNs).writeLong(wallOffsetNs);
        }
    }

    @Override
    public void gap(Gap gap) {
        describe();
        try (DocumentContext document = appender.writingDocument()) {
            header(document, Document.GAP)
                    .writeLong(gap.fromNs())
                    .writeLong(gap.toNs())
                    .writeLong(gap.lost())
                    .writeByte((byte) gap.kind().number())
                    .writeUtf8(gap.cause());
        }
    }

    @Override
    public void note(HostNote note) {
        tellOfRefused();
        describe();
        try (DocumentContext document = appender.writingDocument()) {
            header(document, Document.NOTE)
                    .writeLong(note.ktimeNs())
                    .writeByte((byte) note.kind().number())
                    .writeUtf8(TrailText.words(note.fields()));
        }
    }

    @Override
    public void end(long ktimeNs) {
        tellOfRefused();
        try (DocumentContext document = appender.writingDocument()) {
            header(document, Document.END).writeLong(ktimeNs);
        }
    }

    private void forgetWhatWasRead() {
        int passed = readerCycle.get();
        if (!deletesBehindReader || passed == Integer.MIN_VALUE) {
            return;
        }
        while (!bytesByCycle.isEmpty() && bytesByCycle.firstKey() < passed) {
            bytesByCycle.pollFirstEntry();
        }
        try (Stream<Path> files = Files.list(directory)) {
            String oldest = queueFileName(passed);
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".cq4") && name.compareTo(oldest) < 0) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("cannot clean the private journal " + directory, e);
        }
    }

    /** Roll files are named by their time, so names sort as cycles do. */
    private String queueFileName(int cycle) {
        java.time.format.DateTimeFormatter format =
                java.time.format.DateTimeFormatter.ofPattern(rollCycle.format()).withZone(java.time.ZoneOffset.UTC);
        long startMs = (long) cycle * rollCycle.lengthInMillis();
        return format.format(java.time.Instant.ofEpochMilli(startMs)) + ".cq4";
    }

    @Override
    public void close() {
        appender.close();
        queue.close();
    }
}
