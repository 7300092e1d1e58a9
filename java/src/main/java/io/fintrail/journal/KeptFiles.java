package io.fintrail.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;

/** Removes the roll files that a {@link Retention} keeps no more, oldest first. One thread. */
final class KeptFiles {
    private static final long OVERLAP_BYTES = Document.BLOCK_BYTES / 4;

    private final Path directory;
    private final Retention retention;
    private final Map<Integer, Long> beganMs = new HashMap<>();
    private final Map<Integer, Long> bytes = new HashMap<>();

    KeptFiles(Path directory, Retention retention) {
        this.directory = directory;
        this.retention = retention;
    }

    /** A file's name does not say when it was begun, where they fill faster than one a minute. */
    void began(int cycle, long wallMs) {
        beganMs.put(cycle, wallMs);
    }

    /**
     * Removes what is too old or too much.
     *
     * @param current the file being written, which stays, and {@code currentBytes} of which are used
     * @return the newest cycle that was removed; Integer.MIN_VALUE if none was
     */
    int removeOldest(int current, long currentBytes, long nowMs) {
        NavigableMap<Integer, Path> files = RollFiles.list(directory).headMap(current, false);
        long all = currentBytes;
        for (Map.Entry<Integer, Path> file : files.entrySet()) {
            all += bytesOf(file.getKey(), file.getValue());
        }
        int removed = Integer.MIN_VALUE;
        for (Map.Entry<Integer, Path> file : files.entrySet()) {
            if (all <= retention.maxBytes() && nowMs - endedMs(files, file.getKey(), current) <= retention.maxAgeMs()) {
                break;
            }
            all -= bytesOf(file.getKey(), file.getValue());
            RollFiles.delete(file.getValue());
            beganMs.remove(file.getKey());
            bytes.remove(file.getKey());
            removed = file.getKey();
        }
        return removed;
    }

    /** When the next one began. */
    private long endedMs(NavigableMap<Integer, Path> files, int cycle, int current) {
        Map.Entry<Integer, Path> next = files.higherEntry(cycle);
        int key = next == null ? current : next.getKey();
        return beganMs.computeIfAbsent(key, unknown -> read(RollFiles.path(directory, unknown)));
    }

    private static long read(Path file) {
        try {
            return RollFileWalk.beganMs(file);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + file, e);
        }
    }

    /** One that was not closed in order has room taken ahead, which holds nothing. */
    private long bytesOf(int cycle, Path file) {
        return bytes.computeIfAbsent(cycle, unknown -> {
            long size = RollFiles.size(file);
            boolean takenAhead = size % Document.BLOCK_BYTES == OVERLAP_BYTES;
            try {
                return takenAhead ? RollFileWalk.usedBytes(file) : size;
            } catch (IOException e) {
                return size;
            }
        });
    }
}
