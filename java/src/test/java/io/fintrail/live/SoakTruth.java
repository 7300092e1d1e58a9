package io.fintrail.live;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who owned what in a soak, as its generators say: {@code NETNS LOCAL REMOTE PID[,PID] DOING}. A star stands for any
 * address or port. An address pair that was used again has several owners, and several things that were done.
 */
final class SoakTruth {
    private final Map<String, Set<Integer>> owners = new HashMap<>();
    private final Map<String, Set<String>> doings = new HashMap<>();

    static SoakTruth read(Path file) throws IOException {
        SoakTruth truth = new SoakTruth();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String line;
            while ((line = lines.readLine()) != null) {
                truth.add(line.split(" "));
            }
        }
        return truth;
    }

    private void add(String[] words) {
        Set<Integer> pids = owners.computeIfAbsent(words[0] + " " + words[1] + " " + words[2], k -> new HashSet<>());
        Arrays.stream(words[3].split(",")).map(Integer::valueOf).forEach(pids::add);
        doings.computeIfAbsent(words[1] + " " + words[2], k -> new HashSet<>()).add(words[4]);
    }

    /** Null where nobody claims the socket. */
    @Nullable
    Set<Integer> ownersOf(long netns, String local, String remote) {
        int port = local.lastIndexOf(':');
        Set<Integer> found = owners.get(netns + " " + local + " " + remote);
        if (found == null) {
            found = owners.get(netns + " " + local.substring(0, port) + ":* *");
        }
        return found != null ? found : owners.get(netns + " *" + local.substring(port) + " *");
    }

    /** What our own generator or curl did with a connection, told from either of its ends; empty for others. */
    Set<String> doings(String local, String remote) {
        Set<String> found = doings.get(local + " " + remote);
        return found != null ? found : doings.getOrDefault(remote + " " + local, Set.of());
    }
}
