package io.fintrail.capture;

import io.fintrail.capture.libbpf.BpfException;
import io.fintrail.capture.libbpf.BpfIterator;
import io.fintrail.capture.libbpf.BpfObject;
import io.fintrail.capture.libbpf.MapValue;
import io.fintrail.capture.libbpf.MappedRing;
import io.fintrail.capture.libbpf.MonotonicClock;
import io.fintrail.capture.libbpf.ProgramInfo;
import io.fintrail.capture.libbpf.RunTimeStatistics;
import io.fintrail.capture.libbpf.ThreadPriority;
import io.fintrail.event.HostNote;
import io.fintrail.event.RecordSink;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Loads and attaches the programs, then drains their rings into a {@link RecordSink} until stopped. {@link #run} and
 * {@link #close} belong to one thread; {@link #stop} may come from any. There are no pins: however the process ends,
 * the kernel takes the programs down with it.
 */
public final class Tracer implements AutoCloseable {
    private static final String OBJECT = "fintrail.bpf.o";
    private static final String LOOK_AT_SOCKETS = "look_at_sockets";
    private static final String LOOK_AT_HOLDERS = "look_at_holders";
    private static final long CLOCK_AT_LEAST_NS = 200_000_000;
    private static final long BUSY_SLEEP_NS = 2_000_000;
    private static final long IDLE_SLEEP_NS = 20_000_000;
    /** Longer than the 5 ms for which a CLOSE waits for its neighbours, so that an orderly end leaves none waiting. */
    private static final long LAST_LOOK_NS = 10_000_000;

    private static final long CLOCK_STEP_NS = 1_000_000;

    private static final int DRAINER_NICE = -15;
    private static final int EPERM = 1;
    private static final int EACCES = 13;
    private static final int ENOMEM = 12;

    private final BpfObject object;
    private final List<MappedRing> rings = new ArrayList<>();
    private final List<Tracepoint> attached = new ArrayList<>();
    private final List<ProgramInfo> programs = new ArrayList<>();
    private final MonotonicClock clock = new MonotonicClock();
    private final KernelShape shape;
    private final CaptureFilter filter;
    private final SnapshotPlan plan;
    private final boolean traces;
    private final Queue<HostNote> notes = new ConcurrentLinkedQueue<>();
    private final SnapshotSchedule schedule;
    private @Nullable BpfIterator sockets;
    private @Nullable BpfIterator holders;
    private @Nullable Thread snapshots;
    private volatile @Nullable Throwable snapshotFailure;
    private volatile boolean stopped;
    private long wallOffsetNs;
    private @Nullable RunTimeStatistics statistics;

    private Tracer(BpfObject object, KernelShape shape, CaptureFilter filter, SnapshotPlan plan, boolean traces) {
        this.object = object;
        this.shape = shape;
        this.filter = filter;
        this.plan = plan;
        this.traces = traces;
        this.schedule = new SnapshotSchedule(plan.everyNs());
    }

    /**
     * Loads and attaches everything that this kernel has.
     *
     * @param ringBytes of each CPU's ring: a power of two, at least one page
     * @throws CaptureException if this host cannot be traced, with the cure
     */
    public static Tracer attach(CaptureFilter filter, int ringBytes, SnapshotPlan plan) {
        return open(filter, ringBytes, plan, true);
    }

    /** No tracepoint, one look: {@link #run} ends by itself. Otherwise as {@link #attach}. */
    public static Tracer look(CaptureFilter filter, int ringBytes, long stuckAfterNs) {
        Tracer tracer = open(filter, ringBytes, new SnapshotPlan(0, stuckAfterNs), false);
        if (tracer.sockets == null) {
            tracer.close();
            throw new CaptureException("kernel " + HostFacts.kernelRelease()
                    + " has no socket iterator (5.9): trace with `fintrail live`");
        }
        tracer.stop();
        return tracer;
    }

    private static Tracer open(CaptureFilter filter, int ringBytes, SnapshotPlan plan, boolean traces) {
        if (!HostFacts.hasBtf()) {
            throw new CaptureException("kernel has no BTF (/sys/kernel/btf/vmlinux missing): boot a kernel with"
                    + " CONFIG_DEBUG_INFO_BTF=y; `fintrail doctor` says more");
        }
        try {
            KernelShape shape = KernelShape.read();
            Tracer tracer = new Tracer(new BpfObject(bytesOf(OBJECT)), shape, filter, plan, traces);
            tracer.open(ringBytes);
            return tracer;
        } catch (BpfException e) {
            throw new CaptureException(cure(e), e);
        } catch (UnsatisfiedLinkError e) {
            throw new CaptureException(
                    "libbpf.so.1 is missing: apt-get install libbpf1 (or libbpf1's name on your" + " distribution)", e);
        }
    }

    private static String cure(BpfException e) {
        boolean refused = e.errno() == EPERM || e.errno() == EACCES;
        // The verifier refuses it with EINVAL: it no longer knows the helpers that read the kernel.
        if (HostFacts.lockdown().equals("confidentiality")) {
            return "the kernel is locked down (confidentiality): BPF may not read it; boot with lockdown=integrity or"
                    + " none";
        }
        if (refused) {
            return "the kernel refuses BPF (errno " + e.errno() + "): run as root, or with CAP_BPF, CAP_PERFMON and"
                    + " CAP_NET_ADMIN; in a container, on its host";
        }
        if (e.errno() == ENOMEM) {
            return "no memory for the rings: choose a smaller --ring";
        }
        return e.getMessage() + "; please report it with the output of `fintrail doctor`";
    }

    private static byte[] bytesOf(String resource) {
        try (InputStream in = Tracer.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new CaptureException("this build carries no " + resource + ": build it with tools/fintrail");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new CaptureException("cannot read " + resource + " from the build", e);
        }
    }

    private void open(int ringBytes) {
        try {
            configure();
            int cpus = HostFacts.possibleCpus();
            object.resize("rings", cpus);
            if (shape.hasReceivingSocket()) {
                object.resize("late_fin_cookies", 1); // not used there, and 65536 entries are allocated at once
            }
            object.load();
            for (int cpu = 0; cpu < cpus; cpu++) {
                MappedRing ring = MappedRing.create("fintrail_" + cpu, ringBytes);
                rings.add(ring);
                object.putMap("rings", cpu, ring.fd());
            }
            for (Tracepoint tracepoint : attached) {
                object.attach(tracepoint.program());
                programs.add(object.programInfo(tracepoint.program()));
            }
            if (shape.hasSocketIterator()) {
                sockets = object.iterator(LOOK_AT_SOCKETS);
            }
            if (shape.hasHolderIterator()) {
                holders = object.iterator(LOOK_AT_HOLDERS);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void configure() {
        if (!shape.hasSocketIterator()) {
            object.skip(LOOK_AT_SOCKETS);
        }
        if (!shape.hasHolderIterator()) {
            object.skip(LOOK_AT_HOLDERS);
        }
        for (Tracepoint tracepoint : Tracepoint.values()) {
            if (traces && shape.has(tracepoint)) {
                attached.add(tracepoint);
            } else if (!traces) {
                object.skip(tracepoint.program());
            } else if (tracepoint.required()) {
                throw new CaptureException("kernel " + HostFacts.kernelRelease() + " has no tracepoint "
                        + tracepoint.kernelName() + ": " + tracepoint.missedWithoutIt());
            } else {
                object.skip(tracepoint.program());
            }
        }
        ByteBuffer config = object.initialValue(".rodata.cfg");
        filter.writeTo(config);
        config.put(TcpEventLayout.CONFIG_HAS_SOCKET_COOKIE, flag(shape.hasSocketCookie()));
        config.put(TcpEventLayout.CONFIG_HAS_DROP_REASON, flag(shape.hasDropReason()));
        config.put(TcpEventLayout.CONFIG_HAS_RECEIVING_SOCKET, flag(shape.hasReceivingSocket()));
        config.put(TcpEventLayout.CONFIG_HAS_RESET_REASON, flag(shape.hasResetReason()));
        config.put(TcpEventLayout.CONFIG_HAS_RETRANSMIT_ERROR, flag(shape.hasRetransmitError()));
        config.putInt(
                TcpEventLayout.CONFIG_STUCK_AFTER_JIFFIES, (int) (plan.stuckAfterNs() / (1_000_000_000L / clock.hz())));
        shape.dropReasons().forEach((number, name) -> {
            if (name.equals("NOT_SPECIFIED")) {
                config.putInt(TcpEventLayout.CONFIG_REASON_NOT_SPECIFIED, number);
            }
            boolean neverALoss = List.of(
                            "QUEUE_PURGE", "SOCKET_CLOSE", "CONSUMED", "NOT_DROPPED_YET", "PACKET_SOCK_ERROR")
                    .contains(name);
            if (neverALoss && number < 256) {
                int word = TcpEventLayout.CONFIG_REASON_IGNORED + 8 * (number / 64);
                config.putLong(word, config.getLong(word) | 1L << (number % 64));
            }
        });
    }

    private static byte flag(boolean set) {
        return (byte) (set ? 1 : 0);
    }

    /** What a SESSION document says of the kernel side; the caller adds its own. */
    public Session describe() {
        TreeMap<String, String> fields = new TreeMap<>();
        fields.put("format", Integer.toString(Session.FORMAT));
        fields.put("layout", TcpEventLayout.FINGERPRINT);
        fields.put("run", HostFacts.bootId() + "/" + clock.nowNs());
        fields.put("host", HostFacts.hostName());
        fields.put("kernel", HostFacts.kernelRelease());
        fields.put("boot", HostFacts.bootId());
        fields.put("hz", Integer.toString(clock.hz()));
        fields.put("wall-offset-ns", Long.toString(wallOffsetNs()));
        fields.put(
                "programs",
                String.join(",", attached.stream().map(Tracepoint::kernelName).toList()));
        fields.put(
                "ports",
                String.join(",", filter.ports().stream().map(String::valueOf).toList()));
        fields.put("netns", Long.toString(filter.netns()));
        fields.put("looks", (sockets == null ? "" : "sockets") + (holders == null ? "" : ",holders"));
        fields.put("stuck-after-ns", Long.toString(plan.stuckAfterNs()));
        shape.describe(fields);
        return new Session(fields);
    }

    /** Wall clock minus ktime; held still against the jitter of reading two clocks, moved when the wall clock steps. */
    private long wallOffsetNs() {
        java.time.Instant wall = java.time.Instant.now();
        long offsetNs = wall.getEpochSecond() * 1_000_000_000L + wall.getNano() - clock.nowNs();
        if (Math.abs(offsetNs - wallOffsetNs) > CLOCK_STEP_NS) {
            wallOffsetNs = offsetNs;
        }
        return wallOffsetNs;
    }

    /** What one program cost the kernel so far: how often it ran, and for how many nanoseconds in all. */
    public record ProgramCost(String program, long runs, long ns) {}

    /** Has the kernel count from now on what the programs cost; the counting is part of the cost. */
    public void measure() {
        if (statistics == null) {
            statistics = new RunTimeStatistics();
        }
    }

    /** Zeros unless {@link #measure} was called before. */
    public List<ProgramCost> kernelCost() {
        return programs.stream()
                .map(program -> {
                    program.refresh();
                    return new ProgramCost(program.name(), program.runCount(), program.runTimeNs());
                })
                .toList();
    }

    /** From any thread: {@link #run} has the sockets looked at once more, drains and returns. */
    public void stop() {
        stopped = true;
        schedule.end();
    }

    private Thread startSnapshots() {
        Snapshotter snapshotter = new Snapshotter(
                sockets,
                holders,
                rings,
                everything -> object.setFirstWord(".bss.snapshot", everything ? 1 : 0),
                filter.netns(),
                notes,
                schedule);
        Thread thread = new Thread(snapshotter, "snapshot");
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((failed, e) -> snapshotFailure = e);
        thread.start();
        return thread;
    }

    /**
     * Drains until {@link #stop}. Sleeps between drains instead of being woken: a wake-up per event costs the traced
     * host more than the tracing.
     */
    public void run(RecordSink sink) {
        // Among many runnable threads the drainer's turn would come too late for a ring that fills in 50 ms. It works
        // little and sleeps much; without CAP_SYS_NICE it goes on as it is.
        ThreadPriority.nice(DRAINER_NICE);
        // Everything waits while it collects garbage, so its turn matters as much.
        ThreadPriority.nice("VM Thread", DRAINER_NICE);
        LossMeter losses = new LossMeter(
                new MapValue(object.mapFd(".bss.counters"), TcpEventLayout.COUNTERS_SIZE),
                attached,
                programs,
                clock.nowNs());
        RingMerger merger = new RingMerger(rings);
        snapshots = startSnapshots();
        long drainedToNs = clock.nowNs();
        long clockedNs = 0;
        long stoppedNs = 0;
        while (true) {
            boolean lastLookTaken = schedule.isOver();
            long nowNs = clock.nowNs();
            // Taken before the drain: the rows that a note is about are then in the rings, and before it in the
            // journal.
            List<HostNote> due = takeNotes();
            merger.begin();
            boolean any = !due.isEmpty();
            for (ByteBuffer batch = merger.nextBatch(); batch.hasRemaining(); batch = merger.nextBatch()) {
                any = true;
                sink.batch(batch);
            }
            // Whatever is stamped before `nowNs` was reserved before it, hence drained, unless one is still open.
            drainedToNs = merger.finish() ? nowNs : drainedToNs;
            if (any || nowNs - clockedNs >= CLOCK_AT_LEAST_NS || stopped) {
                if (losses.look(clock.nowNs(), sink)) {
                    schedule.ask();
                }
                due.forEach(sink::note);
                sink.clock(drainedToNs, wallOffsetNs());
                clockedNs = nowNs;
            }
            failWith(snapshotFailure);
            if (stopped && lastLookTaken) {
                if (stoppedNs == 0) {
                    object.detach();
                    stoppedNs = nowNs;
                } else if (nowNs - stoppedNs > LAST_LOOK_NS) {
                    sink.end(nowNs);
                    return;
                }
            }
            LockSupport.parkNanos(any || stopped ? BUSY_SLEEP_NS : IDLE_SLEEP_NS);
        }
    }

    private List<HostNote> takeNotes() {
        List<HostNote> taken = new ArrayList<>();
        for (HostNote note = notes.poll(); note != null; note = notes.poll()) {
            taken.add(note);
        }
        return taken;
    }

    private static void failWith(@Nullable Throwable failure) {
        if (failure != null) {
            throw new IllegalStateException("the snapshot thread failed", failure);
        }
    }

    @Override
    public void close() {
        if (statistics != null) {
            statistics.close();
        }
        schedule.noLongerDrained();
        schedule.end();
        awaitSnapshots();
        closeIterators();
        object.close();
        rings.forEach(MappedRing::close);
        rings.clear();
    }

    /** The rings are unmapped next: nobody may be looking at how full they are. */
    private void awaitSnapshots() {
        Thread thread = snapshots;
        if (thread != null) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void closeIterators() {
        for (BpfIterator iterator : new @Nullable BpfIterator[] {sockets, holders}) {
            if (iterator != null) {
                iterator.close();
            }
        }
    }
}
