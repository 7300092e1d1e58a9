package io.fintrail.lifecycle;

import io.fintrail.event.HostNote;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the journal says of the host beside its sockets: its processes, its namespaces, and what was lost. */
final class Host {
    private static final int MAX_PROCESSES = 65_536;

    final GapLog gaps = new GapLog();
    private final Map<Integer, ProcessInfo> processes = bounded();
    private final Map<Integer, ThreadActivity> threads = bounded();
    private Set<Long> namespaces = Set.of();
    private boolean knowsNamespaces;

    private static <V> Map<Integer, V> bounded() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, V> eldest) {
                return size() > MAX_PROCESSES;
            }
        };
    }

    void learn(HostNote note) {
        switch (note.kind()) {
            case PROCESS -> processes.put((int) note.number("pid"), ProcessInfo.of(note));
            case THREADS -> threads.put((int) note.number("pid"), ThreadActivity.of(note));
            case SNAPSHOT -> {
                namespaces = Snapshot.of(note).namespaces();
                knowsNamespaces = note.number("unseen") == 0 && !note.says("filtered");
            }
        }
    }

    ProcessInfo process(int pid) {
        return processes.getOrDefault(pid, ProcessInfo.UNKNOWN);
    }

    @Nullable
    ThreadActivity threads(int pid) {
        return threads.get(pid);
    }

    /** Neither a process nor a mount leads to that namespace any more. */
    boolean isUnreachable(long netns) {
        return knowsNamespaces && !namespaces.contains(netns);
    }

    /** Another boot's time, or another run's. */
    void forget() {
        gaps.forget();
        processes.clear();
        threads.clear();
        knowsNamespaces = false;
    }
}
