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
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
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
    private long unseenNamespaces;
    private final Thread drainer = new Thread(this::drain, "drain");
    private final CompletableFuture<Session> session = new CompletableFuture<>();
    private final CountDownLatch begun = new CountDownLatch(1);
    private @Nullable SignalHook hook;

    /**
     * Takes over the tracer that {@code attach} gives. {@code keep} is where the journal stays, or null for one that goes with
     * us: that is opened while the kernel looks at the programs, for each takes about as long.
     */
    LiveSession(Supplier<Tracer> attach, @Nullable Path keep) throws IOException {
        this.kept = keep != null;
        this.retention = Retention.FOREVER;
        this.recorder = writer -> writer;
        this.readSleepNs = READ_SLEEP_NS;
        if (keep != null) {
            this.tracer = attach.get();
            this.directory = JournalDirectory.keep(keep);
            return;
        }
        this.directory = privateDirectory(attach);
        // A signal may come before there is anything to end in order.
        Thread remover = new Thread(directory::close, "remove");
        Runtime.getRuntime().addShutdownHook(remover);
        drainer.start();
        try {
            this.tracer = attach.get();
        } catch (RuntimeException | Error e) {
            endDrainer();
            directory.close();
            throw e;
        } finally {
            disarm(remover);
        }
    }

    private static void disarm(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // A signal came meanwhile, and it runs: the JVM ends by that.
            return;
        }
    }

    /** A host that cannot be traced is told so, whatever else is wrong. */
    private static JournalDirectory privateDirectory(Supplier<Tracer> attach) throws IOException {
        try {
            return JournalDirectory.temporary(PrivateJournals.parent());
        } catch (IOException | RuntimeException e) {
            attach.get().close();
            throw e;
        }
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
        this.tracer = tracer;
        this.directory = directory;
        this.kept = true;
        this.retention = retention;
        this.recorder = recorder;
        this.readSleepNs = CALM_READ_SLEEP_NS;
    }

    /** Traces until {@code ended} says so, a signal comes, or {@link #stop}; then drains, judges the rest, sums up. */
    void run(Analysis analysis, Runnable onReady, BooleanSupplier ended) throws IOException {
        run(analysis, tracer.describe(), onReady, ended);
    }

    /** With a session that says more of itself. */
    void run(Analysis analysis, Session told, Runnable onReady, BooleanSupplier ended) throws IOException {
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
        session.complete(told);
        if (kept) {
            drainer.start();
        }
        awaitBeginning();
        try (JournalReader reader = resumed != null ? resumed : reader()) {
            AtomicBoolean ready = new AtomicBoolean();
            // Told before anybody judges by the snapshot.
            TraceSink sink = new NoteWatch(analysis.sink(), note -> {
                if (note.kind() == HostNote.Kind.SNAPSHOT) {
                    unseenNamespaces = note.number("unseen");
                }
                if (note.kind() == HostNote.Kind.SNAPSHOT && ready.compareAndSet(false, true)) {
                    analysis.view().onReady(whatRuns(told) + unseen(note));
                    onReady.run();
                }
            });
            follow(reader, sink, ended, ready);
        }
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw new IllegalStateException("the draining thread failed", thrown);
        }
        analysis.finish(costs());
    }

    /** How many namespaces the last look could not look into. */
    long unseenNamespaces() {
        return unseenNamespaces;
    }

    static String whatRuns(Session session) {
        return session.programs().isEmpty()
                ? "looking at the sockets of kernel " + session.kernel()
                : "tracing on kernel " + session.kernel() + ", "
                        + session.programs().size() + " tracepoints attached"
                        + (session.isCompiledHere() ? " by BCC" : "") + "; Ctrl-C ends it";
    }

    /** What this process has no right to look into: its sockets are told of by their events alone. */
    static String unseen(HostNote snapshot) {
        long unseen = snapshot.number("unseen");
        String namespaces = unseen == 0
                ? ""
                : "; " + unseen + (unseen == 1 ? " network namespace" : " network namespaces")
                        + " cannot be looked into: " + Hostile.shown(snapshot.text("why"));
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
    private void drain() {
        try (JournalWriter writer = kept
                ? JournalWriter.kept(directory.path(), retention)
                : JournalWriter.passing(directory.path(), PRIVATE_JOURNAL_BYTES, readerCycle)) {
            writer.session(session.join());
            begun.countDown();
            tracer.run(recorder.apply(writer));
        } catch (CancellationException e) {
            // Nothing could be traced: whoever wanted to says so.
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

    private void follow(JournalReader reader, TraceSink sink, BooleanSupplier ended, AtomicBoolean ready) {
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
            LockSupport.parkNanos(ready.get() ? readSleepNs : READ_SLEEP_NS);
        }
    }

    @Override
    public void close() {
        // The rings are unmapped below: nobody may be reading them.
        tracer.stop();
        endDrainer();
        tracer.close();
        directory.close();
        if (hook != null) {
            hook.close();
        }
    }

    private void endDrainer() {
        session.cancel(false);
        try {
            drainer.join(); // at once where it never ran
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
