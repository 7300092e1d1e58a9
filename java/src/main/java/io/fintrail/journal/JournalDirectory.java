package io.fintrail.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A journal's directory and the lock that says who writes it. Made 0700; the lock is the kernel's, so it is gone when
 * its owner is, however it died.
 */
public final class JournalDirectory implements AutoCloseable {
    private static final String LOCK = "fintrail.lock";
    private static final String PRIVATE_PREFIX = "live-";

    private final Path path;
    private final FileChannel channel;
    private final boolean removedAtClose;

    private JournalDirectory(Path path, FileChannel channel, boolean removedAtClose) {
        this.path = path;
        this.channel = channel;
        this.removedAtClose = removedAtClose;
    }

    public Path path() {
        return path;
    }

    /**
     * Takes a directory that is kept.
     *
     * @throws IllegalArgumentException if another process writes there, or others may
     * @throws DamagedJournalException if it holds a journal of another version
     */
    public static JournalDirectory keep(Path path) throws IOException {
        create(path);
        requireOwn(path);
        FileChannel channel = lock(path);
        if (channel == null) {
            throw new IllegalArgumentException(path + " is written by another fintrail: choose another directory");
        }
        try {
            ForeignJournal.refuseToMix(path);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        return new JournalDirectory(path, channel, false);
    }

    /**
     * As {@link #keep}, but what another version wrote is set aside there, in a folder with the name of its layout.
     *
     * @throws IllegalArgumentException if another process writes there, or others may
     */
    public static JournalDirectory keepOn(Path path) throws IOException {
        create(path);
        requireOwn(path);
        try (FileChannel channel = lock(path)) {
            if (channel != null) {
                ForeignJournal.setAside(path);
            }
        }
        return keep(path);
    }

    /** Folders of what other versions wrote there; no retention removes them. */
    public List<Path> setAside() throws IOException {
        try (Stream<Path> all = Files.list(path)) {
            return all.filter(Files::isDirectory)
                    .filter(folder -> folder.getFileName().toString().startsWith(ForeignJournal.ASIDE))
                    .sorted()
                    .toList();
        }
    }

    /** Others can look at what is recorded there, at least at its names and times. */
    public boolean isOpenToOthers() throws IOException {
        Set<PosixFilePermission> others = EnumSet.of(
                PosixFilePermission.GROUP_READ,
                PosixFilePermission.GROUP_EXECUTE,
                PosixFilePermission.OTHERS_READ,
                PosixFilePermission.OTHERS_EXECUTE);
        return Files.getPosixFilePermissions(path).stream().anyMatch(others::contains);
    }

    /** Whether a process writes there now; not to be asked of a directory that this process writes to. */
    static boolean isWritten(Path directory) {
        try (FileChannel channel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.READ);
                FileLock unwritten = channel.tryLock(0, Long.MAX_VALUE, true)) {
            return unwritten == null;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            return false; // it has no lock, or is on a file system that knows none: nobody writes there
        }
    }

    /** Makes a new private directory below {@code parent}, after removing those whose owner has died. */
    public static JournalDirectory temporary(Path parent) throws IOException {
        create(parent);
        removeThoseOfTheDead(parent);
        Path path = Files.createTempDirectory(parent, ownPrefix(), ownerOnly());
        FileChannel channel = lock(path);
        if (channel == null) {
            throw new IOException("lost a race for " + path);
        }
        return new JournalDirectory(path, channel, true);
    }

    /** In a directory that others can write, a name could lead anywhere. */
    private static void requireOwn(Path path) throws IOException {
        PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class);
        boolean open = attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE)
                || attributes.permissions().contains(PosixFilePermission.GROUP_WRITE);
        boolean own = attributes.owner().equals(Files.getOwner(Path.of("/proc/self")));
        if (open || !own) {
            throw new IllegalArgumentException(path + " can be written by others (owner "
                    + attributes.owner().getName() + ", " + PosixFilePermissions.toString(attributes.permissions())
                    + "): choose a directory of your own");
        }
    }

    private static void create(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            Files.createDirectories(path, ownerOnly());
        }
    }

    private static java.nio.file.attribute.FileAttribute<Set<PosixFilePermission>> ownerOnly() {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    }

    private static @Nullable FileChannel lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(
                path.resolve(LOCK),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        if (isTaken(channel)) {
            channel.close();
            return null;
        }
        return channel;
    }

    /** By another process, or by this one. */
    private static boolean isTaken(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() == null;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }

    /**
     * Our own are passed over by name: POSIX drops a process's lock on a file when it closes any descriptor of it, so
     * even to try one again would release it.
     */
    private static String ownPrefix() {
        return PRIVATE_PREFIX + ProcessHandle.current().pid() + "-";
    }

    /** A directory without a lock file may be one that another start is just making: it is left alone. */
    private static void removeThoseOfTheDead(Path parent) throws IOException {
        List<Path> candidates;
        try (Stream<Path> children = Files.list(parent)) {
            candidates = children.filter(p -> p.getFileName().toString().startsWith(PRIVATE_PREFIX))
                    .filter(p -> !p.getFileName().toString().startsWith(ownPrefix()))
                    .filter(p -> Files.exists(p.resolve(LOCK)))
                    .toList();
        }
        candidates.forEach(JournalDirectory::removeIfDead);
    }

    /** Another start may be removing it, or its owner ending: then it is gone, or will be at the next start. */
    private static void removeIfDead(Path candidate) {
        try (FileChannel channel = lock(candidate)) {
            if (channel != null) {
                remove(candidate);
            }
        } catch (IOException | UncheckedIOException e) {
            return;
        }
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    @Override
    public void close() {
        try {
            if (removedAtClose) {
                remove(path);
            }
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("could not remove the private journal " + path, e);
        }
    }
}
