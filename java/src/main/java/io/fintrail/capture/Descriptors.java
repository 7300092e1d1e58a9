package io.fintrail.capture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** How many descriptors a process has open, and may have, from /proc. */
final class Descriptors {
    private static final String LIMIT = "Max open files";

    private Descriptors() {}

    /** Fields of a DESCRIPTORS note; what cannot be read is left out. */
    static SortedMap<String, String> read(int pid) {
        Path process = Path.of("/proc", Integer.toString(pid));
        SortedMap<String, String> fields = new TreeMap<>();
        fields.put("pid", Integer.toString(pid));
        try {
            fields.put("open", Long.toString(count(process.resolve("fd"))));
            for (String line : Files.readAllLines(process.resolve("limits"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith(LIMIT)) {
                    // The soft limit; "unlimited" is none.
                    String most = line.substring(LIMIT.length()).strip().split(" +")[0];
                    if (most.matches("[0-9]+")) {
                        fields.put("most", most);
                    }
                }
            }
        } catch (IOException | SecurityException e) {
            // it has ended, or is hidden from us
        }
        return fields;
    }

    /** The size of the directory is their number since 6.2 (proc_fd_getattr), before that 0. */
    private static long count(Path directory) throws IOException {
        long size = Files.size(directory);
        if (size > 0) {
            return size;
        }
        try (Stream<Path> each = Files.list(directory)) {
            return each.count();
        }
    }
}
