package io.fintrail.journal;

import java.io.File;
import java.nio.file.Path;

/**
 * Whether the disk takes more. A mapped file that finds no block kills the write (SIGBUS), so writing stops before: what is
 * spared is for what a document takes beside itself, and for others. One that has stopped waits for a little more.
 */
final class DiskRoom {
    private static final long LEAST_SPARED = 2L << 20;
    private static final long MOST_SPARED = 64L << 20;

    private final File directory;
    private final long spared;
    private boolean exhausted;

    DiskRoom(Path directory) {
        this.directory = directory.toFile();
        spared = Math.max(LEAST_SPARED, Math.min(MOST_SPARED, this.directory.getTotalSpace() / 16));
    }

    boolean isThere() {
        long usable = directory.getUsableSpace();
        exhausted = usable <= (exhausted ? spared + spared / 4 : spared);
        return !exhausted;
    }
}
