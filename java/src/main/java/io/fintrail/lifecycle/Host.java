package io.fintrail.lifecycle;

import io.fintrail.event.HostNote;
import io.fintrail.event.TcpEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the journal says of the host beside its sockets: its processes, its namespaces, and what was lost. */
final class Host {
    private static final int MAX_KNOWN = 65_536;
    private static final int MAX_CHANGES = 8;

    /** Rows of one look are no further apart. */
    private static final long ONE_LOOK_NS = 2_000_000_000L;

    final GapLog gaps = new GapLog();
    private final Map<Long, NavigableMap<Long, Long>> conntrackCloseWaitNs = bounded();
    private final Map<Integer, ProcessInfo> processes = bounded();
    private final Map<Integer, ThreadActivity> threads = bounded();
    private final Map<Door, Map<Long, Listener>> listeners = bounded();
    private final Map<Integer, Descriptors> descriptors = bounded();
    private final Map<Integer, HaproxyWord> haproxies = bounded();
    private Set<Long> namespaces = Set.of();
    private final Map<Long, Boolean> reached = bounded();
    private boolean enteredAll;
    private boolean soughtAll;
    private long lookedAtNs;

    private record Door(long netns, int port) {}

    private static <K, V> Map<K, V> bounded() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > MAX_KNOWN;
            }
        };
    }

    void learn(HostNote note) {
        switch (note.kind()) {
            case PROCESS -> processes.put((int) note.number("pid"), ProcessInfo.of(note));
            case DESCRIPTORS ->
                descriptors.put(
                        (int) note.number("pid"),
                        new Descriptors(note.ktimeNs(), note.number("open"), note.number("most")));
            case HAPROXY -> {
                haproxies.clear(); // one is asked; where it does not answer, what it said before is old
                if (note.number("pid") > 0) {
                    haproxies.put((int) note.number("pid"), HaproxyWord.of(note));
                }
            }
            case NAMESPACE -> learnNamespace(note);
            case CLOSES -> {} // of no single socket
            case THREADS -> threads.put((int) note.number("pid"), ThreadActivity.of(note));
            case SNAPSHOT -> {
                Snapshot snapshot = Snapshot.of(note);
                namespaces = snapshot.namespaces();
                lookedAtNs = snapshot.fromNs();
                enteredAll = note.number("unseen") == 0;
                soughtAll = !note.says("filtered");
                namespaces.forEach(netns -> reached.put(netns, true));
                // What it did not look at again has nothing half-closed any more, or has ended: its number may be
                // another's.
                threads.values().removeIf(looked -> looked.atNs() < snapshot.fromNs());
            }
        }
    }

    private void learnNamespace(HostNote note) {
        NavigableMap<Long, Long> changes =
                conntrackCloseWaitNs.computeIfAbsent(note.number("netns"), netns -> new TreeMap<>());
        changes.put(note.ktimeNs(), closeWaitNs(note));
        if (changes.size() > MAX_CHANGES) {
            changes.pollFirstEntry();
        }
    }

    private static long closeWaitNs(HostNote note) {
        String seconds = note.text("conntrack_close_wait");
        return seconds.isEmpty() ? Long.MAX_VALUE : Long.parseLong(seconds) * 1_000_000_000L;
    }

    /**
     * As it was at {@code atNs}, as far as it had been read by then: the inode number of a namespace that is gone is
     * given to the next one at once. Long.MAX_VALUE: no conntrack there.
     */
    long conntrackCloseWaitNs(long netns, long atNs, long otherwise) {
        NavigableMap<Long, Long> changes = conntrackCloseWaitNs.get(netns);
        if (changes == null) {
            return otherwise;
        }
        Map.Entry<Long, Long> before = changes.floorEntry(atNs);
        return before == null ? changes.firstEntry().getValue() : before.getValue();
    }

    void learn(TcpEvent listening) {
        Map<Long, Listener> ofPort = listeners.computeIfAbsent(
                new Door(listening.netns(), listening.localPort()), door -> new LinkedHashMap<>());
        ofPort.values().removeIf(before -> listening.ktimeNs() - before.atNs() > ONE_LOOK_NS);
        ofPort.put(
                listening.cookie(),
                new Listener(
                        listening.ktimeNs(),
                        listening.acceptQueue(),
                        listening.acceptQueueMost(),
                        listening.listenDrops()));
    }

    boolean listens(long netns, int port) {
        return listeners.containsKey(new Door(netns, port));
    }

    @Nullable
    Descriptors descriptors(int pid) {
        return descriptors.get(pid);
    }

    @Nullable
    HaproxyWord haproxy(int pid) {
        return haproxies.get(pid);
    }

    /** All that listen on that port, such as the threads of one service (SO_REUSEPORT), as one. */
    @Nullable
    Listener listener(long netns, int port) {
        Map<Long, Listener> ofPort = listeners.get(new Door(netns, port));
        return ofPort == null
                ? null
                : ofPort.values().stream().reduce(Listener::and).orElse(null);
    }

    ProcessInfo process(int pid) {
        return processes.getOrDefault(pid, ProcessInfo.UNKNOWN);
    }

    @Nullable
    ThreadActivity threads(int pid) {
        return threads.get(pid);
    }

    /**
     * Neither a process nor a mount that can be seen leads to that namespace, which there was at {@code knownAtNs}, any
     * more. Where not all can be seen, one must have led there before.
     */
    boolean isUnreachable(long netns, long knownAtNs) {
        boolean would = soughtAll || reached.containsKey(netns);
        return enteredAll && would && knownAtNs < lookedAtNs && !namespaces.contains(netns);
    }

    /** The last look, if there was any, was into that namespace, too: one that is gone has taken its sockets along. */
    boolean wasLookedInto(long netns) {
        return namespaces.isEmpty() || namespaces.contains(netns);
    }

    /** Every process and every mount was looked at for the namespace that it leads to. */
    boolean soughtAllNamespaces() {
        return soughtAll;
    }

    /** Another boot's time, or another run's. */
    void forget() {
        gaps.forget();
        processes.clear();
        threads.clear();
        conntrackCloseWaitNs.clear();
        listeners.clear();
        descriptors.clear();
        haproxies.clear();
        reached.clear();
        enteredAll = false;
        soughtAll = false;
    }
}
