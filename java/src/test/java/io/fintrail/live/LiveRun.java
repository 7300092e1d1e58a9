package io.fintrail.live;

import io.fintrail.capture.CaptureFilter;
import io.fintrail.capture.SnapshotPlan;
import io.fintrail.capture.Traced;
import io.fintrail.capture.Tracer;
import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.NoteWatch;
import io.fintrail.event.Session;
import io.fintrail.event.TraceSink;
import io.fintrail.journal.JournalDirectory;
import io.fintrail.journal.JournalReader;
import io.fintrail.journal.JournalWriter;
import io.fintrail.lifecycle.Closes;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictSink;
import io.fintrail.verdict.VerdictStage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** A live session whose verdicts a test can ask for: the same stages as `live`, wired by hand. */
final class LiveRun implements AutoCloseable, VerdictSink {
    private final Tracer tracer;
    private final JournalDirectory directory;
    private final Thread drainer;
    private final Thread judge;
    private final AtomicInteger readerCycle = new AtomicInteger(Integer.MIN_VALUE);
    private final CountDownLatch begun = new CountDownLatch(1);
    private final List<Verdict> verdicts = new ArrayList<>();
    private final List<Gap> gaps = new ArrayList<>();
    private final LifecycleTracker tracker = new LifecycleTracker(new VerdictStage(this));
    private final CountDownLatch firstSnapshot = new CountDownLatch(1);
    private final TraceSink sink = new NoteWatch(tracker, note -> {
        if (note.kind() == HostNote.Kind.SNAPSHOT) {
            firstSnapshot.countDown();
        }
    });
    private volatile Throwable failure;
    private Closes closes;

    LiveRun(Path parent, CaptureFilter filter, int ringBytes, Duration stuckAfter) throws IOException {
        this(parent, filter, ringBytes, stuckAfter, Duration.ofSeconds(1));
    }

    LiveRun(Path parent, CaptureFilter filter, int ringBytes, Duration stuckAfter, Duration snapshotEvery)
            throws IOException {
        this(parent, filter, ringBytes, stuckAfter, snapshotEvery, Traced.CLOSES_AND_PAIRS);
    }

    LiveRun(
            Path parent,
            CaptureFilter filter,
            int ringBytes,
            Duration stuckAfter,
            Duration snapshotEvery,
            Traced traced)
            throws IOException {
        tracer = Tracer.attach(
                filter, ringBytes, new SnapshotPlan(snapshotEvery.toNanos(), stuckAfter.toNanos()), traced);
        directory = JournalDirectory.temporary(parent);
        Session session = tracer.describe();
        drainer = new Thread(() -> drain(session), "drain");
        judge = new Thread(this::judge, "judge");
        drainer.start();
        judge.start();
    }

    private void drain(Session session) {
        try (JournalWriter writer = JournalWriter.passing(directory.path(), 256L << 20, readerCycle)) {
            writer.session(session);
            begun.countDown();
            tracer.run(writer);
        } catch (Throwable e) {
            failure = e;
            begun.countDown();
        }
    }

    private void judge() {
        try {
            begun.await();
            try (JournalReader reader = JournalReader.passing(directory.path(), readerCycle)) {
                boolean drained = false;
                while (!drained) {
                    drained = !drainer.isAlive();
                    reader.readAll(sink);
                    LockSupport.parkNanos(2_000_000);
                }
            }
            tracker.finish();
        } catch (Throwable e) {
            failure = e;
        }
    }

    /** Everything is attached, and every socket has been looked at once. */
    void awaitSnapshot() {
        try {
            if (!firstSnapshot.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("no snapshot within 20 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until that many verdicts match. */
    void await(int count, Predicate<Verdict> wanted, Duration atMost) {
        long endNs = System.nanoTime() + atMost.toNanos();
        while (count(wanted) < count && System.nanoTime() < endNs) {
            LockSupport.parkNanos(5_000_000);
        }
    }

    synchronized long count(Predicate<Verdict> wanted) {
        return verdicts.stream().filter(wanted).count();
    }

    synchronized List<Verdict> verdicts() {
        return List.copyOf(verdicts);
    }

    synchronized List<Gap> gaps() {
        return List.copyOf(gaps);
    }

    /** Facts lost, as the journal says. */
    long lost() {
        return tracker.lost();
    }

    long wallOffsetNs() {
        return tracker.wallOffsetNs();
    }

    /** What an audit counted, as of its newest look; null before one. */
    synchronized Closes closes() {
        return closes;
    }

    /** Events read so far. */
    long events() {
        return tracker.events();
    }

    @Override
    public void onSession(Session session) {}

    @Override
    public synchronized void onCloses(Closes closes) {
        this.closes = closes;
    }

    @Override
    public synchronized void onVerdict(Verdict verdict) {
        verdicts.add(verdict);
    }

    @Override
    public synchronized void onGap(Gap gap) {
        gaps.add(gap);
    }

    /** Drains, judges what is pending, and detaches; verdicts can still be asked for. */
    @Override
    public void close() {
        tracer.stop();
        try {
            drainer.join(TimeUnit.SECONDS.toMillis(20));
            judge.join(TimeUnit.SECONDS.toMillis(60));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tracer.close();
        directory.close();
        if (failure != null) {
            throw new AssertionError("the live run failed", failure);
        }
    }
}
