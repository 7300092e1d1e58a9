package io.fintrail.capture;

import io.fintrail.capture.libbpf.BpfException;
import io.fintrail.capture.libbpf.BpfIterator;
import io.fintrail.capture.libbpf.MappedRing;
import io.fintrail.capture.libbpf.MonotonicClock;
import io.fintrail.capture.libbpf.NetworkNamespace;
import io.fintrail.event.HostNote;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks at all sockets, namespace by namespace, then at who holds them. The rows go into the rings, in order with the
 * events; this thread only paces the kernel, and leaves notes for the thread that drains. It enters other namespaces,
 * so it must be a thread of its own.
 */
final class Snapshotter implements Runnable {
    private static final Path CONNTRACK_CLOSE_WAIT =
            Path.of("/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close_wait");
    private static final int CLOSE_WAIT_BIT = 1 << 31;
    private static final long WAIT_FOR_DRAIN_NS = 1_000_000;

    private final @Nullable BpfIterator sockets;
    private final @Nullable BpfIterator holders;
    private final List<MappedRing> rings;
    private final Consumer<Boolean> requestEverything;
    private final @Nullable Ledger ledger;
    private final long netns;
    private final Queue<HostNote> notes;
    private final SnapshotSchedule schedule;
    private final MonotonicClock clock = new MonotonicClock();
    private final Map<Integer, SortedMap<String, String>> described = new HashMap<>();
    private final Map<Integer, SortedMap<String, String>> descriptors = new HashMap<>();
    private final Map<Long, SortedMap<String, String>> namespaces = new HashMap<>();
    private final TreeSet<Integer> holding = new TreeSet<>();
    private final TreeSet<Integer> leavingOpen = new TreeSet<>();
    private final @Nullable HaproxyStats haproxy;
    private final @Nullable DiagLook diag;
    private long rows;
    private boolean away;

    /**
     * @param netns the only namespace to look at, or 0
     * @param requestEverything tells the programs whether the next look leaves out what is open and at ease
     * @param diag looks in place of {@code sockets} and {@code holders} where the kernel has no such iterators
     * @param ledger an audit's, which has sockets looked at that stand; null where there is none
     */
    Snapshotter(
            @Nullable BpfIterator sockets,
            @Nullable BpfIterator holders,
            List<MappedRing> rings,
            Consumer<Boolean> requestEverything,
            @Nullable Ledger ledger,
            long netns,
            Queue<HostNote> notes,
            SnapshotSchedule schedule,
            @Nullable HaproxyStats haproxy,
            @Nullable DiagLook diag) {
        this.sockets = sockets;
        this.holders = holders;
        this.rings = rings;
        this.requestEverything = requestEverything;
        this.ledger = ledger;
        this.netns = netns;
        this.notes = notes;
        this.schedule = schedule;
        this.haproxy = haproxy;
        this.diag = diag;
    }

    /** Without iterators: {@code diag} does the looking. */
    static Snapshotter byDiag(
            @Nullable DiagLook diag,
            List<MappedRing> rings,
            long netns,
            Queue<HostNote> notes,
            SnapshotSchedule schedule,
            @Nullable HaproxyStats haproxy) {
        return new Snapshotter(null, null, rings, everything -> {}, null, netns, notes, schedule, haproxy, diag);
    }

    @Override
    public void run() {
        try {
            for (SnapshotSchedule.Look look = schedule.next(); look != null; look = schedule.next()) {
                // A recording that ends says at its end who everybody is: what was said before may have been removed.
                if (look == SnapshotSchedule.Look.EVERYTHING_ANEW || schedule.isEnding()) {
                    described.clear();
                    descriptors.clear();
                    namespaces.clear();
                    if (ledger != null) {
                        ledger.forgetWhatWasSaid();
                    }
                }
                take(look != SnapshotSchedule.Look.CLOSING);
            }
            schedule.over(null);
        } catch (RuntimeException | Error e) {
            schedule.over(e);
        }
    }

    private void take(boolean everything) {
        requestEverything.accept(everything);
        long fromNs = clock.nowNs();
        rows = 0;
        holding.clear();
        leavingOpen.clear();
        SortedMap<String, String> seen = new TreeMap<>();
        if (diag != null) {
            diag.begin(everything);
        }
        lookAtSockets(seen);
        boolean sawHolders = lookAtHolders(seen);
        if (diag != null) {
            diag.end(seen);
            rows = diag.rows();
        }
        if (ledger != null) {
            ledger.sweep(new Paced());
        }
        long toNs = clock.nowNs();
        described.keySet().retainAll(holding);
        holding.forEach(this::describe);
        descriptors.keySet().retainAll(holding);
        holding.forEach(this::countDescriptors);
        if (haproxy != null) {
            SortedMap<String, String> said = haproxy.read();
            note(HostNote.Kind.HAPROXY, said);
            if (said.containsKey("why")) {
                seen.put("haproxy", said.get("why"));
            }
        }
        ThreadLooks.at(leavingOpen).forEach(fields -> note(HostNote.Kind.THREADS, fields));
        seen.put("from", Long.toString(fromNs));
        seen.put("to", Long.toString(toNs));
        seen.put("everything", Boolean.toString(everything && ledger == null));
        seen.put("holders", Boolean.toString(sawHolders));
        seen.put("rows", Long.toString(rows));
        if (ledger != null) {
            SortedMap<String, String> counted = ledger.counted();
            if (!counted.isEmpty()) {
                note(HostNote.Kind.CLOSES, counted);
            }
        }
        note(HostNote.Kind.SNAPSHOT, seen);
    }

    /** Without them there are sockets; the next snapshot tries again. */
    private boolean lookAtHolders(SortedMap<String, String> seen) {
        try {
            if (diag != null) {
                diag.lookAtHolders(this::isHolding);
            } else if (holders != null) {
                holders.run(new Paced());
            }
            return diag != null || holders != null;
        } catch (BpfException | DiagException e) {
            seen.put("why", String.valueOf(e.getMessage()));
            return false;
        }
    }

    private void lookAtSockets(SortedMap<String, String> seen) {
        Map<Long, Path> reachable = NetworkNamespaces.reachable();
        if (netns != 0) {
            reachable.keySet().retainAll(List.of(netns));
        }
        TreeSet<Long> entered = new TreeSet<>();
        int unseen = 0;
        String why = "";
        Path home = Path.of("/proc/thread-self/ns/net");
        long own = NetworkNamespaces.inode(home);
        try (NetworkNamespace back = NetworkNamespace.open(home)) {
            try {
                for (Map.Entry<Long, Path> namespace : reachable.entrySet()) {
                    try {
                        lookInto(namespace.getKey(), namespace.getValue(), namespace.getKey() == own, entered);
                    } catch (BpfException | DiagException e) {
                        if (!NetworkNamespaces.isGone(namespace.getValue())) {
                            unseen++;
                            why = String.valueOf(e.getMessage());
                        }
                    }
                }
            } finally {
                if (away) {
                    back.enter();
                    away = false;
                }
            }
        }
        namespaces.keySet().retainAll(entered);
        seen.put("namespaces", entered.stream().map(String::valueOf).collect(Collectors.joining(",")));
        seen.put("unseen", Integer.toString(unseen));
        seen.put("why", why);
        seen.put("filtered", Boolean.toString(netns != 0 || !NetworkNamespaces.seesEveryProcess()));
    }

    /** The own one comes first and is not entered: without CAP_SYS_ADMIN it is all that can be seen. */
    private void lookInto(long inode, Path path, boolean own, TreeSet<Long> entered) {
        if (sockets == null && diag == null) {
            return;
        }
        try (NetworkNamespace there = NetworkNamespace.open(path)) {
            if (!own) {
                there.enter();
                away = true;
            }
            if (diag != null) {
                diag.lookInto(inode);
            } else if (sockets != null) {
                sockets.run(new Paced());
            }
        }
        entered.add(inode);
        describeNamespace(inode);
    }

    /** /proc/sys/net is that of the namespace which the reading thread is in. */
    private void describeNamespace(long inode) {
        SortedMap<String, String> now = new TreeMap<>();
        now.put("netns", Long.toString(inode));
        String seconds = HostFacts.firstLine(CONNTRACK_CLOSE_WAIT);
        if (!seconds.isEmpty()) {
            now.put("conntrack_close_wait", seconds);
        }
        if (!now.equals(namespaces.put(inode, now))) {
            note(HostNote.Kind.NAMESPACE, now);
        }
    }

    private void isHolding(int pid, boolean leavesOpen) {
        holding.add(pid);
        if (leavesOpen) {
            leavingOpen.add(pid);
        }
    }

    private void countDescriptors(int pid) {
        SortedMap<String, String> now = Descriptors.read(pid);
        if (!now.equals(descriptors.put(pid, now))) {
            note(HostNote.Kind.DESCRIPTORS, now);
        }
    }

    private void describe(int pid) {
        SortedMap<String, String> now = ProcessFacts.read(pid);
        if (!now.equals(described.put(pid, now))) {
            note(HostNote.Kind.PROCESS, now);
        }
    }

    private void note(HostNote.Kind kind, SortedMap<String, String> fields) {
        notes.add(new HostNote(clock.nowNs(), kind, fields));
    }

    /** Rows with a pid are holders; the kernel is not asked for more while a ring is half full. */
    private final class Paced implements BpfIterator.Rows {
        @Override
        public void row(int word) {
            rows++;
            int pid = word & ~CLOSE_WAIT_BIT;
            if (pid != 0) {
                isHolding(pid, word < 0);
            }
        }

        @Override
        public void pause() {
            while (schedule.isDrained() && rings.stream().anyMatch(MappedRing::isHalfFull)) {
                schedule.wakeDrainer();
                LockSupport.parkNanos(WAIT_FOR_DRAIN_NS);
            }
        }
    }
}
