package io.fintrail.cli;

import io.fintrail.capture.Tracer;
import io.fintrail.event.HostNote;
import io.fintrail.event.NoteWatch;
import io.fintrail.event.RecordSink;
import io.fintrail.event.Session;
import io.fintrail.event.TraceSink;
import io.fintrail.journal.JournalDirectory;
import io.fintrail.journal.JournalReader;
import io.fintrail.journal.JournalWriter;
import io.fintrail.journal.Retention;
import io.fintrail.view.Hostile;
import io.fintrail.view.Summary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Kernel to capture to journal to judgement to screen, in one process: one thread drains the rings and appends, the
 * caller's reads the journal and judges.
 */
final class LiveSession implements AutoCloseable {
    private static final long PRIVATE_JOURNAL_BYTES = 256L << 20;
    private static final long READ_SLEEP_NS = 5_000_000;
    private static final long CALM_READ_SLEEP_NS = 500_000_000;

    private final Tracer tracer;
    private final JournalDirectory directory;
    private final boolean kept;
    private final Retention retention;
    private final Function<JournalWriter, RecordSink> recorder;
    private final long readSleepNs;
    private final AtomicInteger readerCycle = new AtomicInteger(Integer.MIN_VALUE);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private @Nullable Thread running;
    private final CountDownLatch begun = new CountDownLatch(1);
    private @Nullable SignalHook hook;

    /** Takes over {@code tracer}. {@code keep} is where the journal stays, or null for one that goes with us. */
    LiveSession(Tracer tracer, @Nullable Path keep) throws IOException {
        this(
                tracer,
                keep == null ? JournalDirectory.temporary(PrivateJournals.parent()) : JournalDirectory.keep(keep),
                keep != null,
                Retention.FOREVER,
                writer -> writer,
                READ_SLEEP_NS);
    }

    /**
     * With a journal that is kept as far as {@code retention} says; takes over both.
     *
     * @param recorder what stands before the writer, on its thread
     */
    LiveSession(
            Tracer tracer,
            JournalDirectory directory,
            Retention retention,
            Function<JournalWriter, RecordSink> recorder) {
        this(tracer, directory, true, retention, recorder, CALM_READ_SLEEP_NS);
    }

    private LiveSession(
            Tracer tracer,
            JournalDirectory directory,
            boolean kept,
            Retention retention,
            Function<JournalWriter, RecordSink> recorder,
            long readSleepNs) {
        this.tracer = tracer;
        this.directory = directory;
        this.kept = kept;
        this.retention = retention;
        this.recorder = recorder;
        this.readSleepNs = readSleepNs;
    }

    /** Traces until {@code ended} says so, a signal comes, or {@link #stop}; then drains, judges the rest, sums up. */
    void run(Analysis analysis, Runnable onReady, BooleanSupplier ended) throws IOException {
        run(analysis, tracer.describe(), onReady, ended);
    }

    /** With a session that says more of itself. */
    void run(Analysis analysis, Session session, Runnable onReady, BooleanSupplier ended) throws IOException {
        Thread drainer = new Thread(() -> drain(session), "drain");
        hook = new SignalHook(
                () -> {
                    tracer.stop();
                    LockSupport.unpark(drainer);
                },
                true);
        // A second run into one directory shows its own events, not those of the first.
        JournalReader resumed = kept && JournalReader.isJournal(directory.path())
                ? JournalReader.open(directory.path()).skipToEnd()
                : null;
        drainer.start();
        running = drainer;
        awaitBeginning();
        try (JournalReader reader = resumed != null ? resumed : reader()) {
            AtomicBoolean ready = new AtomicBoolean();
            // Told before anybody judges by the snapshot.
            TraceSink sink = new NoteWatch(analysis.sink(), note -> {
                if (note.kind() == HostNote.Kind.SNAPSHOT && ready.compareAndSet(false, true)) {
                    analysis.view().onReady(whatRuns(session) + unseen(note));
                    onReady.run();
                }
            });
            follow(drainer, reader, sink, ended);
        }
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw new IllegalStateException("the draining thread failed", thrown);
        }
        analysis.finish(costs());
    }

    static String whatRuns(Session session) {
        return session.programs().isEmpty()
                ? "looking at the sockets of kernel " + session.kernel()
                : "tracing on kernel " + session.kernel() + ", "
                        + session.programs().size() + " tracepoints attached; Ctrl-C ends it";
    }

    /** What this process has no right to look into: its sockets are told of by their events alone. */
    static String unseen(HostNote snapshot) {
        long unseen = snapshot.number("unseen");
        String namespaces = unseen == 0
                ? ""
                : "; " + unseen + " network namespaces cannot be looked into (" + snapshot.text("why")
                        + "): that takes CAP_SYS_ADMIN";
        String haproxy = snapshot.text("haproxy");
        return namespaces
                + (haproxy.isEmpty() ? "" : "; of haproxy's limits nothing is known: " + Hostile.shown(haproxy));
    }

    /** Nothing unless the tracer was told to measure. */
    private List<Summary.Cost> costs() {
        return tracer.kernelCost().stream()
                .filter(c -> c.runs() > 0)
                .map(c -> new Summary.Cost(c.program(), c.runs(), c.ns()))
                .toList();
    }

    private JournalReader reader() throws IOException {
        return kept ? JournalReader.open(directory.path()) : JournalReader.passing(directory.path(), readerCycle);
    }

    void stop() {
        tracer.stop();
    }

    /** An appender belongs to the thread that made it. */
    private void drain(Session session) {
        try (JournalWriter writer = kept
                ? JournalWriter.kept(directory.path(), retention)
                : JournalWriter.passing(directory.path(), PRIVATE_JOURNAL_BYTES, readerCycle)) {
            writer.session(session);
            begun.countDown();
            tracer.run(recorder.apply(writer));
        } catch (RuntimeException | Error e) {
            failure.set(e);
        } finally {
            begun.countDown();
        }
    }

    private void awaitBeginning() {
        try {
            begun.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow(Thread drainer, JournalReader reader, TraceSink sink, BooleanSupplier ended) {
        boolean lookedAfterEnd = false;
        while (!lookedAfterEnd) {
            boolean drained = !drainer.isAlive();
            while (reader.readOne(sink)) {
                if (ended.getAsBoolean()) {
                    tracer.stop();
                }
            }
            lookedAfterEnd = drained;
            if (ended.getAsBoolean()) {
                tracer.stop();
            }
            LockSupport.parkNanos(readSleepNs);
        }
    }

    @Override
    public void close() {
        // The rings are unmapped below: nobody may be reading them.
        tracer.stop();
        Thread drainer = running;
        if (drainer != null) {
            try {
                drainer.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        tracer.close();
        directory.close();
        if (hook != null) {
            hook.close();
        }
    }
}
