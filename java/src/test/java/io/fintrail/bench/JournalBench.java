package io.fintrail.bench;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TraceSink;
import io.fintrail.journal.JournalReader;
import io.fintrail.journal.JournalWriter;
import io.fintrail.journal.Retention;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.verdict.VerdictStage;
import io.fintrail.view.FilteredView;
import io.fintrail.view.TextView;
import io.fintrail.view.VerdictFilter;
import io.fintrail.view.WallClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.LegacyRollCycles;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Records to the journal and back on one thread, in rounds that alternate, beside the same records appended to a bare queue:
 * as many in a document as a drain has, one CLOCK behind each. Drains are made before they are timed. Prints one line of
 * JSON, events a second.
 *
 * <pre>
 * java @java/jvm.args -Xmx256m -cp 'target/test-classes:target/classes:target/lib/*' \
 *     io.fintrail.bench.JournalBench DIRECTORY [EVENTS=2000000 [ROUNDS=5]]
 * </pre>
 */
public final class JournalBench {
    private static final int DRAINS_AT_ONCE = 1000;

    private final Traffic traffic = new Traffic();
    private final Path directory;
    private final int events;
    private final ByteBuffer drains = ByteBuffer.allocateDirect(
                    DRAINS_AT_ONCE * Traffic.MOST_IN_BATCH * TcpEventLayout.SIZE)
            .order(ByteOrder.nativeOrder());
    private final int[] ends = new int[DRAINS_AT_ONCE];

    private JournalBench(Path directory, int events) {
        this.directory = directory;
        this.events = events;
    }

    /** Takes the drain that stands between the buffer's position and limit. */
    private interface Appender {
        void append(ByteBuffer drain);
    }

    public static void main(String[] args) throws IOException {
        JournalBench bench =
                new JournalBench(Path.of(args[0]), args.length > 1 ? Integer.parseInt(args[1]) : 2_000_000);
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        List<Long> raw = new ArrayList<>();
        List<Long> journal = new ArrayList<>();
        List<Long> read = new ArrayList<>();
        List<Long> judged = new ArrayList<>();
        long bytes = 0;
        for (int round = -1; round < rounds; round++) {
            long rawRate = bench.raw();
            long journalRate = bench.journal();
            bytes = bench.journalBytes();
            long readRate = bench.read(new Nobody());
            long judgedRate = bench.read(bench.judge());
            if (round >= 0) { // the first warms up
                raw.add(rawRate);
                journal.add(journalRate);
                read.add(readRate);
                judged.add(judgedRate);
            }
        }
        System.out.printf(
                "{\"type\":\"journal\",\"events\":%d,\"rawAppend\":%s,\"ringToJournal\":%s,\"journalRead\":%s,"
                        + "\"journalToVerdicts\":%s,\"bytesPerEvent\":%.1f}%n",
                bench.events,
                spread(raw),
                spread(journal),
                spread(read),
                spread(judged),
                (double) bytes / bench.events);
    }

    private static String spread(List<Long> rates) {
        List<Long> sorted = rates.stream().sorted().toList();
        return String.format(
                "{\"min\":%d,\"median\":%d,\"max\":%d}",
                sorted.get(0), sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1));
    }

    /** Nanoseconds that the appending took, without that of making the drains. */
    private long timed(Appender appender) {
        long tookNs = 0;
        int done = 0;
        while (done < events) {
            drains.clear();
            for (int i = 0; i < DRAINS_AT_ONCE; i++) {
                traffic.fill();
                int length = traffic.count() * TcpEventLayout.SIZE;
                drains.put(drains.position(), traffic.batch(), 0, length).position(drains.position() + length);
                ends[i] = drains.position();
            }
            long fromNs = System.nanoTime();
            int start = 0;
            for (int end : ends) {
                appender.append(drains.limit(end).position(start));
                start = end;
            }
            tookNs += System.nanoTime() - fromNs;
            done += start / TcpEventLayout.SIZE;
        }
        return tookNs;
    }

    private long rate(long tookNs) {
        return events * 1_000_000_000L / tookNs;
    }

    private long raw() throws IOException {
        empty();
        try (ChronicleQueue queue = SingleChronicleQueueBuilder.binary(directory)
                        .rollCycle(LegacyRollCycles.MINUTELY)
                        .timeProvider(() -> 0)
                        .blockSize(4 << 20)
                        .build();
                ExcerptAppender appender = queue.createAppender()) {
            return rate(timed(drain -> {
                try (DocumentContext context = appender.writingDocument()) {
                    Bytes<?> bytes = context.wire().bytes();
                    bytes.write(bytes.writePosition(), drain, drain.position(), drain.remaining());
                    bytes.writeSkip(drain.remaining());
                }
            }));
        }
    }

    private long journal() throws IOException {
        empty();
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER)) {
            writer.session(
                    traffic.session().with("layout", TcpEventLayout.FINGERPRINT).with("format", "" + Session.FORMAT));
            long tookNs = timed(drain -> {
                int last = drain.limit() - TcpEventLayout.SIZE;
                long lastNs = drain.getLong(last + TcpEventLayout.KTIME_NS);
                writer.batch(drain);
                writer.clock(lastNs, 0);
            });
            return rate(tookNs);
        }
    }

    private long journalBytes() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".cq4")).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    private long read(TraceSink sink) throws IOException {
        long fromNs = System.nanoTime();
        try (JournalReader reader = JournalReader.open(directory)) {
            reader.readAll(sink);
        }
        return rate(System.nanoTime() - fromNs);
    }

    private TraceSink judge() {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        VerdictFilter problems = new VerdictFilter(false, Set.of(), 0, "", Set.of(), new byte[16], 0, 0);
        return new LifecycleTracker(new VerdictStage(
                new FilteredView(new TextView(nowhere, nowhere, new WallClock(() -> 0), false), problems)));
    }

    private void empty() throws IOException {
        Files.createDirectories(directory);
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder())
                    .filter(p -> !p.equals(directory))
                    .toList()) {
                Files.delete(path);
            }
        }
    }

    private static final class Nobody implements TraceSink {
        @Override
        public void onSession(Session session) {}

        @Override
        public void onEvent(TcpEvent event, long index) {}

        @Override
        public void onClock(long drainedToNs, long wallOffsetNs) {}

        @Override
        public void onGap(Gap gap) {}

        @Override
        public void onNote(HostNote note) {}

        @Override
        public void onEnd(long ktimeNs) {}
    }
}
