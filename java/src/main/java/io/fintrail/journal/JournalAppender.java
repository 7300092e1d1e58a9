package io.fintrail.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.zip.CRC32;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * Puts documents at a journal's end: numbers them, sums them up, decides when the next roll file begins, and survives a disk
 * that has no room. Each start begins a new file, so what a killed writer left stays as it was. One thread.
 */
final class JournalAppender implements AutoCloseable {
    /** After a write that failed, how long the disk is left alone. */
    private static final long PAUSE_MS = 200;

    private final Path directory;
    private final Retention retention;
    private final LongSupplier wallMs;
    private final DiskRoom room;
    private final CRC32 crc = new CRC32();
    private final ByteBuffer document =
            ByteBuffer.allocateDirect(Document.MAX_BYTES).order(ByteOrder.nativeOrder());
    private @Nullable ChronicleQueue queue;
    private @Nullable ExcerptAppender appender;
    private int cycle;
    private int number;
    private long fileBytes;
    private long bytes;
    /** How large the files were that stood there when the queue was opened. */
    private final Map<Path, Long> older = new HashMap<>();
    /** The file that was begun last. */
    private @Nullable Path filled;

    private long fileBeganMs;
    private long failedMs;
    private String failure = "";

    JournalAppender(Path directory, Retention retention, LongSupplier wallMs) {
        this.directory = directory;
        this.retention = retention;
        this.wallMs = wallMs;
        room = new DiskRoom(directory);
        cycle = RollFiles.list(directory).isEmpty()
                ? Integer.MIN_VALUE
                : RollFiles.list(directory).lastKey();
    }

    /** Whether a document can be appended now; opens, or goes on to the next file, where that is due. */
    boolean isReady() {
        if (!room.isThere()) {
            return false;
        }
        if (queue == null) {
            long nowMs = wallMs.getAsLong();
            return Math.abs(nowMs - failedMs) >= PAUSE_MS && open();
        }
        if (isFileDone()) {
            beginFile();
        }
        return true;
    }

    private boolean isFileDone() {
        long ageMs = wallMs.getAsLong() - fileBeganMs;
        return number > 0 && (fileBytes >= retention.rollBytes() || ageMs >= retention.rollMs() || ageMs < 0);
    }

    private boolean open() {
        RollFiles.list(directory).values().forEach(file -> older.put(file, RollFiles.size(file)));
        beginFile();
        try {
            SingleChronicleQueue opened = SingleChronicleQueueBuilder.binary(directory)
                    .rollCycle(RollFiles.CYCLE)
                    .blockSize(Document.BLOCK_BYTES)
                    .timeProvider(() -> RollFiles.startMs(cycle))
                    .build();
            queue = opened;
            // Else a new appender marks every older file as closed, and lengthens it for that (normaliseEOFs).
            opened.tableStorePut("normalisedEOFsTo", cycle - 1L);
            appender = opened.createAppender();
            return true;
        } catch (Exception | InternalError e) {
            // Chronicle throws checked exceptions that it does not declare, such as that a file cannot be made.
            failed(e);
            return false;
        }
    }

    private void beginFile() {
        int before = cycle;
        fileBeganMs = wallMs.getAsLong();
        cycle = Math.max(before == Integer.MIN_VALUE ? before : before + 1, RollFiles.cycleAt(fileBeganMs));
        number = 0;
        fileBytes = 0;
    }

    /** Why the last document could not be put; empty when it could, or when there is no room. */
    String failure() {
        return failure;
    }

    /** When this roll file began. */
    long fileBeganMs() {
        return fileBeganMs;
    }

    /** At the beginning of a roll file: nothing that was said before can be relied on. */
    boolean isFileNew() {
        return number == 0;
    }

    int cycle() {
        return cycle;
    }

    /** Bytes in this roll file so far. */
    long fileBytes() {
        return fileBytes;
    }

    /** Bytes in all roll files so far. */
    long bytes() {
        return bytes;
    }

    /** Number of the next document. */
    int number() {
        return number;
    }

    /** The next document, to be filled behind its header and given back by {@link #append}. */
    ByteBuffer begin(byte type) {
        return document.clear().put(type).putInt(number);
    }

    /**
     * Appends what {@link #begin} gave.
     *
     * @return false when that failed: whether it is there is not known, and what follows goes to another file
     */
    boolean append() {
        document.putInt(Document.crc(document, crc)).flip();
        int length = document.limit();
        try (DocumentContext context = Objects.requireNonNull(appender).writingDocument()) {
            Bytes<?> bytes = Objects.requireNonNull(context.wire()).bytes();
            bytes.write(bytes.writePosition(), document, 0, length);
            bytes.writeSkip(length);
        } catch (Exception | InternalError e) {
            // InternalError: a mapped page found no block on the disk (SIGBUS).
            failed(e);
            return false;
        }
        if (number++ == 0) {
            forOwnerOnly(RollFiles.path(directory, cycle));
            forOwnerOnly(directory.resolve("metadata.cq4t"));
            giveBackUnused(filled);
            restoreSizes();
            filled = RollFiles.path(directory, cycle);
        }
        failure = "";
        fileBytes += length + 4;
        bytes += length + 4;
        return true;
    }

    private void failed(Throwable cause) {
        failure = String.valueOf(cause.getMessage());
        failedMs = wallMs.getAsLong();
        closeQueue();
    }

    /** A new appender looks for files without data, and lengthens those that it opens for it (cleanupStoreFilesWithNoData). */
    private void restoreSizes() {
        older.forEach((file, bytes) -> {
            if (RollFiles.size(file) > bytes) {
                truncate(file, bytes);
            }
        });
        older.clear();
    }

    private static void truncate(Path file, long bytes) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot shorten " + file, e);
        }
    }

    /** A queue takes room ahead, which a copy of the directory would carry along as zeros. */
    private static void giveBackUnused(@Nullable Path filled) {
        if (filled == null || !Files.exists(filled)) {
            return;
        }
        try {
            truncate(filled, RollFileWalk.usedBytes(filled));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + filled, e);
        }
    }

    private static void forOwnerOnly(Path file) {
        try {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        } catch (NoSuchFileException e) {
            // a metadata file that this version of the queue does not make
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep others from reading " + file, e);
        }
    }

    private void closeQueue() {
        try {
            if (appender != null) {
                appender.close();
            }
            if (queue != null) {
                queue.close();
            }
        } catch (Exception | InternalError e) {
            // it writes once more when it closes, to the same full disk
        } finally {
            appender = null;
            queue = null;
        }
    }

    @Override
    public void close() {
        closeQueue();
        giveBackUnused(filled);
    }
}
