package io.fintrail.capture;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Who holds a socket, by its inode, from the links in /proc/PID/fd. Processes come and go meanwhile: one that has ended
 * holds nothing. Descriptors that a single thread has for itself (clone without CLONE_FILES) are not seen.
 */
final class ProcHolders {
    private static final String SOCKET = "socket:[";

    /** Told of each descriptor that leads to a socket that is sought. {@code comm}: as the host gave it, hostile bytes. */
    interface Found {
        void holder(int pid, byte[] comm, int fd, long inode);
    }

    private ProcHolders() {}

    /** @throws IOException if there is no /proc to look into */
    static void find(LongPredicate isSought, Found found) throws IOException {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                lookInto(process, isSought, found);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static void lookInto(Path process, LongPredicate isSought, Found found) {
        byte[] comm = null;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                long inode = inodeOf(descriptor);
                if (inode == 0 || !isSought.test(inode)) {
                    continue;
                }
                comm = comm == null ? commOf(process) : comm;
                found.holder(numberOf(process), comm, numberOf(descriptor), inode);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // It has ended meanwhile, or may not be looked at.
        }
    }

    private static int numberOf(Path path) {
        return Integer.parseInt(path.getFileName().toString());
    }

    /** 0 for anything but a socket, and where it was closed meanwhile. */
    private static long inodeOf(Path descriptor) {
        try {
            return inodeIn(Files.readSymbolicLink(descriptor).toString());
        } catch (IOException e) {
            return 0;
        }
    }

    /** Of {@code socket:[4711]}; 0 of any other text. A file may have such a name, but its link is a whole path. */
    static long inodeIn(@Nullable String link) {
        if (link == null || !link.startsWith(SOCKET) || !link.endsWith("]")) {
            return 0;
        }
        String number = link.substring(SOCKET.length(), link.length() - 1);
        return number.matches("\\d{1,18}") ? Long.parseLong(number) : 0;
    }

    /** Without the newline that the kernel adds; the name itself may have any. */
    private static byte[] commOf(Path process) throws IOException {
        byte[] line = Files.readAllBytes(process.resolve("comm"));
        return line.length > 0 && line[line.length - 1] == '\n' ? Arrays.copyOf(line, line.length - 1) : line;
    }
}
