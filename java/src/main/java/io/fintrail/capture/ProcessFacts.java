package io.fintrail.capture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Who a process is, from /proc: its program, and the service, container and pod that its control group names. */
final class ProcessFacts {
    private static final Pattern CONTAINER = Pattern.compile("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])");
    private static final Pattern POD =
            Pattern.compile("pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12})");
    private static final Pattern UNIT = Pattern.compile("[^/]+\\.(service|scope)");

    private ProcessFacts() {}

    /** Fields of a PROCESS note; what cannot be read is left out. */
    static SortedMap<String, String> read(int pid) {
        Path process = Path.of("/proc", Integer.toString(pid));
        SortedMap<String, String> fields = new TreeMap<>();
        fields.put("pid", Integer.toString(pid));
        try {
            fields.put(
                    "executable", Files.readSymbolicLink(process.resolve("exe")).toString());
        } catch (IOException | SecurityException e) {
            // a kernel thread, one that has ended, or no right to see it
        }
        try {
            fields.put("netns", Long.toString(HostFacts.netnsInode(process.resolve("ns/net"))));
        } catch (IOException e) {
            // the same
        }
        try {
            fields.putAll(
                    fromControlGroups(Files.readAllLines(process.resolve("cgroup"), StandardCharsets.ISO_8859_1)));
        } catch (IOException e) {
            // it has ended
        }
        return fields;
    }

    /**
     * {@code unit}, {@code container} and {@code pod} from lines of /proc/PID/cgroup ({@code 0::/path}, or
     * {@code n:controllers:/path} with version 1). A container's own scope is no unit.
     */
    static SortedMap<String, String> fromControlGroups(List<String> lines) {
        SortedMap<String, String> fields = new TreeMap<>();
        for (String line : lines) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3) {
                addFrom(parts[2], fields);
            }
        }
        return fields;
    }

    private static void addFrom(String path, SortedMap<String, String> fields) {
        Matcher container = CONTAINER.matcher(path);
        while (container.find()) {
            fields.put("container", container.group()); // the innermost
        }
        Matcher pod = POD.matcher(path);
        if (pod.find()) {
            fields.put("pod", pod.group(1).replace('_', '-'));
        }
        Matcher unit = UNIT.matcher(path);
        while (unit.find()) {
            if (!CONTAINER.matcher(unit.group()).find()) {
                fields.put("unit", unit.group());
            }
        }
    }
}
