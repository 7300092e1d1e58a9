package io.fintrail.capture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The network namespaces that something leads to: a process in it, or a mount (/run/netns and wherever container engines
 * keep theirs). One that only an open descriptor or an orphan socket keeps alive is not found.
 */
final class NetworkNamespaces {
    /** proc_pid_mountinfo(5): … root, mount point, options … - type. */
    private static final Pattern MOUNT = Pattern.compile("\\S+ \\S+ \\S+ net:\\[(\\d+)] (\\S+) .* - nsfs .*");

    private static final long INITIAL_PID_NAMESPACE = 0xEFFFFFFCL; // PROC_PID_INIT_INO

    private NetworkNamespaces() {}

    /** A path that leads there, by inode number; the own one first. */
    static Map<Long, Path> reachable() {
        Map<Long, Path> found = new LinkedHashMap<>();
        add(found, Path.of("/proc/self/ns/net"));
        addMounted(found);
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            processes.forEach(process -> add(found, process.resolve("ns/net")));
        } catch (IOException e) {
            return found; // without /proc there is the own one
        }
        return found;
    }

    /** False in a container's own process namespace, and without the right to look at other users' processes. */
    static boolean seesEveryProcess() {
        return inode(Path.of("/proc/self/ns/pid")) == INITIAL_PID_NAMESPACE && inode(Path.of("/proc/1/ns/net")) != 0;
    }

    /** 0 where it cannot be told. */
    static long inode(Path path) {
        try {
            return HostFacts.netnsInode(path);
        } catch (IOException e) {
            return 0;
        }
    }

    private static void add(Map<Long, Path> found, Path path) {
        try {
            found.putIfAbsent(HostFacts.netnsInode(path), path);
        } catch (IOException e) {
            // It has ended meanwhile, or may not be looked at: its namespace is then not among the reachable ones.
        }
    }

    /** It ended between being found and being opened. */
    static boolean isGone(Path path) {
        return !Files.exists(path);
    }

    private static void addMounted(Map<Long, Path> found) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
                Matcher mount = MOUNT.matcher(line);
                if (mount.matches()) {
                    found.putIfAbsent(Long.valueOf(mount.group(1)), Path.of(withoutOctal(mount.group(2))));
                }
            }
        } catch (IOException e) {
            // no mounts to see
        }
    }

    /** Blanks and the like stand as \040. */
    private static String withoutOctal(String text) {
        return Pattern.compile("\\\\([0-7]{3})")
                .matcher(text)
                .replaceAll(
                        octal -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(octal.group(1), 8))));
    }
}
