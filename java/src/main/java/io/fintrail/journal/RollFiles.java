package io.fintrail.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.rollcycles.LegacyRollCycles;
import org.jspecify.annotations.Nullable;

/**
 * The roll files of a journal. A file's cycle counts minutes since 1970 and gives it its name; it holds what was written
 * from about then on, for up to an hour. Where files fill faster than one a minute, names run ahead of the time.
 */
final class RollFiles {
    static final RollCycle CYCLE = LegacyRollCycles.MINUTELY;

    private static final String SUFFIX = ".cq4";
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern(CYCLE.format()).withZone(ZoneOffset.UTC);

    private RollFiles() {}

    static long startMs(int cycle) {
        return (long) cycle * CYCLE.lengthInMillis();
    }

    static int cycleAt(long wallMs) {
        return (int) (wallMs / CYCLE.lengthInMillis());
    }

    static Path path(Path directory, int cycle) {
        return directory.resolve(NAME.format(Instant.ofEpochMilli(startMs(cycle))) + SUFFIX);
    }

    /** By cycle, oldest first; files whose names are not ours are left out. */
    static NavigableMap<Integer, Path> list(Path directory) {
        NavigableMap<Integer, Path> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Integer cycle = cycleOf(file);
                if (cycle != null) {
                    found.put(cycle, file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the journal " + directory, e);
        }
        return found;
    }

    static boolean isRollFile(Path file) {
        return file.getFileName().toString().endsWith(SUFFIX);
    }

    private static @Nullable Integer cycleOf(Path file) {
        String name = file.getFileName().toString();
        if (!isRollFile(file)) {
            return null;
        }
        try {
            LocalDateTime start = LocalDateTime.parse(name.substring(0, name.length() - SUFFIX.length()), NAME);
            return cycleAt(start.toInstant(ZoneOffset.UTC).toEpochMilli());
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** 0 for one that is gone. */
    static long size(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + file, e);
        }
    }

    /** A reader that has it open keeps what it holds. */
    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + file, e);
        }
    }
}
