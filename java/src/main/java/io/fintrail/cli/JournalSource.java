package io.fintrail.cli;

import io.fintrail.event.TraceSink;
import io.fintrail.journal.DamagedJournalException;
import io.fintrail.journal.JournalReader;
import io.fintrail.journal.TrailReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Whatever a user calls a journal, opened: a directory, or a trail in a file. */
abstract class JournalSource implements AutoCloseable {
    /** Fails at once where nothing can be read, before anything is shown. */
    static JournalSource open(Path journal) throws IOException {
        return Files.isDirectory(journal) ? new OfDirectory(journal) : new OfTrail(journal);
    }

    /** Reads to the present end, or until {@code enough}. */
    abstract void read(TraceSink sink, BooleanSupplier enough) throws IOException;

    /** Reads on as somebody writes, until that ends, or until {@code enough}. */
    abstract void follow(TraceSink sink, BooleanSupplier enough) throws IOException;

    /** Passes over what is not needed to know what happened from {@code wallNs} on (since 1970); trails are read whole. */
    abstract void seek(long wallNs);

    /** Nobody writes any more what is waited for, when a signal comes: a pipe cannot be left in another way. */
    abstract boolean mayBlock();

    /** When the recording begins, nanoseconds since 1970. */
    abstract long firstWallNs() throws IOException;

    /** When it ends for now; 0 where that is not known before it has been read. */
    abstract long lastWallNs() throws IOException;

    /** Records that are not in it any more, because what is old was removed. */
    abstract long removedBefore();

    @Override
    public abstract void close() throws IOException;

    private static final class OfDirectory extends JournalSource {
        private static final long SLEEP_NS = 10_000_000;
        private static final long LOOK_AT_WRITER_NS = 200_000_000;

        private final Path directory;
        private final JournalReader reader;

        OfDirectory(Path directory) throws IOException {
            this.directory = directory;
            reader = JournalReader.open(directory);
        }

        @Override
        void read(TraceSink sink, BooleanSupplier enough) {
            while (!enough.getAsBoolean()) {
                if (!reader.readOne(sink)) {
                    reader.requireWholeEnd();
                    return;
                }
            }
        }

        @Override
        void follow(TraceSink sink, BooleanSupplier enough) {
            long lookedNs = System.nanoTime();
            while (!enough.getAsBoolean()) {
                if (reader.readOne(sink)) {
                    continue;
                }
                if (System.nanoTime() - lookedNs >= LOOK_AT_WRITER_NS) {
                    lookedNs = System.nanoTime();
                    if (!reader.isWritten()) {
                        read(sink, enough); // what came before it ended
                        return;
                    }
                }
                LockSupport.parkNanos(SLEEP_NS);
            }
        }

        @Override
        void seek(long wallNs) {
            reader.seek(wallNs);
        }

        @Override
        boolean mayBlock() {
            return false;
        }

        @Override
        long firstWallNs() throws IOException {
            try (JournalReader first = JournalReader.open(directory)) {
                return first.firstWallNs();
            }
        }

        @Override
        long lastWallNs() throws IOException {
            try (JournalReader last = JournalReader.open(directory)) {
                return last.lastWallNs();
            } catch (DamagedJournalException e) {
                return 0; // whoever reads it will be told
            }
        }

        @Override
        long removedBefore() {
            return reader.removedBefore();
        }

        @Override
        public void close() {
            reader.close();
        }
    }

    private static final class OfTrail extends JournalSource {
        private final Path file;
        private final BufferedReader lines;

        OfTrail(Path file) throws IOException {
            this.file = file;
            lines = Files.newBufferedReader(file, StandardCharsets.UTF_8);
        }

        @Override
        void read(TraceSink sink, BooleanSupplier enough) throws IOException {
            TrailReader.read(lines, sink, enough);
        }

        @Override
        void follow(TraceSink sink, BooleanSupplier enough) {
            throw new IllegalArgumentException("--follow is for a journal's directory; " + file + " is a trail");
        }

        @Override
        void seek(long wallNs) {}

        @Override
        boolean mayBlock() {
            return !Files.isRegularFile(file);
        }

        @Override
        long firstWallNs() throws IOException {
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException(
                        "a time of day, or relative to the beginning needs a journal that can be read twice; " + file
                                + " cannot");
            }
            FirstClock first = new FirstClock();
            try (BufferedReader again = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                TrailReader.read(again, first, first::isKnown);
            }
            return first.wallNs();
        }

        @Override
        long lastWallNs() {
            return 0;
        }

        @Override
        long removedBefore() {
            return 0;
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }
}
