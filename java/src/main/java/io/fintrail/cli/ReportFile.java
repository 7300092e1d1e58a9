package io.fintrail.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file that is there whole or not at all, and that only its owner can read: a report names processes, services and
 * addresses. It is written beside its place, and moved there.
 */
final class ReportFile {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path place;
    private final Path directory;

    /** @throws IllegalArgumentException if nothing can be put there, before anything has been read for it */
    ReportFile(Path named) throws IOException {
        if (Files.isDirectory(named)) {
            throw new IllegalArgumentException(
                    "-o " + named + " is a directory; name a file in it: -o " + named.resolve("report.html"));
        }
        if (Files.exists(named) && !Files.isRegularFile(named)) {
            throw new IllegalArgumentException(
                    "-o " + named + " is no regular file; without -o the report goes to stdout");
        }
        // Where a link leads to is replaced, not the link.
        place = Files.exists(named) ? named.toRealPath() : named.toAbsolutePath();
        Path parent = place.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new IllegalArgumentException("-o " + named + ": there is no directory " + parent + "; make it first");
        }
        directory = parent;
    }

    /** Writes what there is to be in it. */
    interface Content {
        void write(Writer to) throws IOException;
    }

    /** @return how many bytes it has */
    long write(Content content) throws IOException {
        Path aside = Files.createTempFile(
                directory, ".fintrail-report-", ".tmp", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try {
            try (OutputStream bytes = Files.newOutputStream(aside);
                    Writer to = new OutputStreamWriter(bytes, StandardCharsets.UTF_8)) {
                content.write(to);
            }
            long size = Files.size(aside);
            Files.move(aside, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return size;
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) { // a full disk has no type of its own
            throw cannotWrite(aside, e);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    private FileSystemException cannotWrite(Path aside, IOException cause) throws IOException {
        FileSystemException said = new FileSystemException(
                place.toString(),
                null,
                cause.getMessage() + ", " + Files.size(aside) + " bytes after the beginning, with "
                        + Files.getFileStore(directory).getUsableSpace()
                        + " bytes usable there: make room, or name a file elsewhere with -o");
        said.initCause(cause);
        return said;
    }
}
