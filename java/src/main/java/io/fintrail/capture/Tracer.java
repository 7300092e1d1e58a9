package io.fintrail.capture;

import io.fintrail.capture.libbpf.MonotonicClock;
import io.fintrail.capture.libbpf.RunTimeStatistics;
import io.fintrail.capture.libbpf.ThreadPriority;
import io.fintrail.event.HostNote;
import io.fintrail.event.RecordSink;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Drains the programs' rings into a {@link RecordSink} until stopped, while a thread of its own takes the snapshots.
 * {@link #run} and {@link #close} belong to one thread; {@link #stop} may come from any.
 */
public final class Tracer implements AutoCloseable {
    /** Longer than the 5 ms for which a CLOSE waits for its neighbours, so that an orderly end leaves none waiting, but
     * for one whose own reset is late. */
    private static final long LAST_LOOK_NS = 10_000_000;

    private static final long CLOCK_STEP_NS = 1_000_000;

    private static final int DRAINER_NICE = -15;

    private final KernelSide loaded;
    private final MonotonicClock clock = new MonotonicClock();
    private final SnapshotPlan plan;
    private final Tempo tempo;
    private final Queue<HostNote> notes = new ConcurrentLinkedQueue<>();
    private final SnapshotSchedule schedule;
    private final RowHandover rows = new RowHandover();
    private final @Nullable DiagLook diag;
    private @Nullable Thread snapshots;
    private volatile boolean stopped;
    private long wallOffsetNs;
    private @Nullable RunTimeStatistics statistics;

    private Tracer(KernelSide loaded, CaptureFilter filter, SnapshotPlan plan, Tempo tempo) {
        this.loaded = loaded;
        this.plan = plan;
        this.tempo = tempo;
        this.schedule = new SnapshotSchedule(plan.everyNs(), plan.rest(), HostFacts::threadCpuNs);
        this.diag = loaded.canLook() ? null : new DiagLook(filter, plan.stuckAfterNs(), rows, schedule::isDrained);
    }

    /**
     * Loads and attaches everything that this kernel has.
     *
     * @param ringBytes of each CPU's ring: a power of two; a page where that is larger
     * @param traced which tracepoints, of those that it has
     * @throws CaptureException if this host cannot be traced, with the cure
     */
    public static Tracer attach(CaptureFilter filter, int ringBytes, SnapshotPlan plan, Traced traced, Loader loader) {
        KernelSide programs = loader.resolve() == Loader.BCC
                ? CompiledPrograms.load(filter, ringBytes, plan, traced)
                : LoadedPrograms.load(filter, ringBytes, plan, traced);
        return new Tracer(programs, filter, plan, traced.tempo());
    }

    /** Loaded as this host has it. */
    public static Tracer attach(CaptureFilter filter, int ringBytes, SnapshotPlan plan, Traced traced) {
        return attach(filter, ringBytes, plan, traced, Loader.AUTO);
    }

    /**
     * No tracepoint, one look: {@link #run} ends by itself. Where the kernel has no iterators for it (5.9, and BTF), by
     * inet_diag. Otherwise as {@link #attach}.
     */
    public static Tracer look(CaptureFilter filter, int ringBytes, long stuckAfterNs) {
        SnapshotPlan once = new SnapshotPlan(0, stuckAfterNs);
        Tracer tracer = new Tracer(forLook(filter, ringBytes, once), filter, once, Tempo.BRISK);
        tracer.stop();
        return tracer;
    }

    private static KernelSide forLook(CaptureFilter filter, int ringBytes, SnapshotPlan once) {
        if (HostFacts.hasBtf()) {
            LoadedPrograms loaded = LoadedPrograms.load(filter, ringBytes, once, Traced.NOTHING);
            if (loaded.canLook()) {
                return loaded;
            }
            loaded.close();
        }
        try {
            DiagLook.check();
        } catch (DiagException e) {
            throw new CaptureException(String.valueOf(e.getMessage()), e);
        }
        return new NoPrograms(filter);
    }

    /** What a SESSION document says of the kernel side; the caller adds its own. */
    public Session describe() {
        TreeMap<String, String> fields = new TreeMap<>();
        fields.put("format", Integer.toString(Session.FORMAT));
        fields.put("layout", TcpEventLayout.FINGERPRINT);
        long nowNs = clock.nowNs();
        fields.put("run", HostFacts.bootId() + "/" + nowNs);
        fields.put("began-ns", Long.toString(nowNs));
        fields.put("host", HostFacts.hostName());
        fields.put("kernel", HostFacts.kernelRelease());
        fields.put("boot", HostFacts.bootId());
        fields.put("hz", Integer.toString(clock.hz()));
        fields.put("wall-offset-ns", Long.toString(wallOffsetNs()));
        fields.put("stuck-after-ns", Long.toString(plan.stuckAfterNs()));
        loaded.describe(fields);
        return new Session(fields);
    }

    /**
     * Wall clock minus ktime; held still against the jitter of reading two clocks, moved when the wall clock steps. A thread
     * that had to wait between the two would see a step where there is none.
     */
    private long wallOffsetNs() {
        long beforeNs = clock.nowNs();
        java.time.Instant wall = java.time.Instant.now();
        long offsetNs = wall.getEpochSecond() * 1_000_000_000L + wall.getNano() - beforeNs;
        boolean isAtOnce = clock.nowNs() - beforeNs < CLOCK_STEP_NS / 2;
        boolean isStep = Math.abs(offsetNs - wallOffsetNs) > CLOCK_STEP_NS;
        if (wallOffsetNs == 0 || (isAtOnce && isStep)) {
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
        return loaded.programs().stream()
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
        schedule.drainedBy(Thread.currentThread());
        Losses losses = loaded.losses(clock.nowNs());
        RingMerger merger = new RingMerger(loaded.rings());
        snapshots = new Thread(
                loaded.snapshotter(
                        notes, schedule, plan.haproxy() == null ? null : new HaproxyStats(plan.haproxy()), diag),
                Session.LOOKING_THREAD);
        snapshots.setDaemon(true);
        snapshots.start();
        long drainedToNs = clock.nowNs();
        long clockedNs = 0;
        long stoppedNs = 0;
        boolean everLooked = false; // who has started it waits for that
        List<HostNote> due = new ArrayList<>();
        while (true) {
            boolean lastLookTaken = schedule.isOver();
            long nowNs = clock.nowNs();
            // Taken before the drain: the rows that a note is about are then in the rings, and before it in the
            // journal.
            takeNotes(due);
            rows.take();
            merger.begin();
            boolean watching = rows.isLooking();
            boolean any = !due.isEmpty();
            for (ByteBuffer batch = merger.nextBatch(); batch.hasRemaining(); batch = merger.nextBatch()) {
                any = true;
                if (watching) {
                    rows.watch(batch);
                }
                sink.batch(batch);
            }
            // Whatever is stamped before `nowNs` was reserved before it, hence drained, unless one is still open.
            drainedToNs = merger.finish() ? nowNs : drainedToNs;
            rows.give(drainedToNs, sink);
            if (any || nowNs - clockedNs >= tempo.clockAtLeastNs() || stopped) {
                if (losses.look(clock.nowNs(), sink)) {
                    schedule.ask();
                }
                if (rows.isGiven()) {
                    due.forEach(note -> sink.note(rows.told(note)));
                    everLooked |= due.stream().anyMatch(note -> note.kind() == HostNote.Kind.SNAPSHOT);
                    due.clear();
                }
                if (sink.clock(drainedToNs, wallOffsetNs())) {
                    schedule.askAnew();
                }
                clockedNs = nowNs;
            }
            failWith(schedule.failure());
            if (stopped && lastLookTaken && due.isEmpty()) {
                if (stoppedNs == 0) {
                    loaded.detach();
                    stoppedNs = nowNs;
                } else if (nowNs - stoppedNs > LAST_LOOK_NS) {
                    sink.end(nowNs);
                    return;
                }
            }
            long sleepNs = any ? tempo.busySleepNs() : tempo.idleSleepNs();
            LockSupport.parkNanos(stopped || !everLooked ? Tempo.BRISK.busySleepNs() : sleepNs);
        }
    }

    private void takeNotes(List<HostNote> into) {
        for (HostNote note = notes.poll(); note != null; note = notes.poll()) {
            into.add(note);
        }
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
        loaded.close();
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
}
