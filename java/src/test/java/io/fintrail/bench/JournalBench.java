package io.fintrail.bench;

import io.fintrail.capture.FiledRings;
import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TraceSink;
import io.fintrail.journal.JournalReader;
import io.fintrail.journal.JournalWriter;
import io.fintrail.journal.Retention;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.LegacyRollCycles;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Records to the journal or back on one thread, in rounds. {@code record}: as from the kernel, out of two rings, merged by
 * time into batches, one CLOCK behind each drain; beside the same records appended to a bare queue, as many in a document as a
 * drain has. Drains are made, and the rings filled, before they are timed. {@code replay}: a journal read, and judged. Prints
 * one line of JSON, events a second.
 *
 * <pre>
 * java @java/jvm.args -cp 'target/test-classes:target/classes:target/lib/*' \
 *     io.fintrail.bench.JournalBench record|replay DIRECTORY [EVENTS=2000000 [ROUNDS=5]]
 * </pre>
 */
public final class JournalBench {
    private static final int DRAINS_AT_ONCE = 1000;

    private static final int RINGS = 2;

    /** Where a page that was written is nobody's to write to a disk. */
    private static final Path MEMORY = Path.of("/dev/shm");

    /** Room for twice what comes to one. */
    private static final int RING_BYTES = 1 << 24;

    private final Traffic traffic = new Traffic();
    private final Path directory;
    private final int events;
    private final ByteBuffer drains = ByteBuffer.allocateDirect(
                    DRAINS_AT_ONCE * Traffic.MOST_IN_BATCH * TcpEventLayout.SIZE)
            .order(ByteOrder.nativeOrder());
    private final int[] ends = new int[DRAINS_AT_ONCE];
    private final long[][] filledTo = new long[DRAINS_AT_ONCE][RINGS];

    private JournalBench(Path directory, int events) {
        this.directory = directory;
        this.events = events;
    }

    public static void main(String[] args) throws IOException {
        boolean replays = args[0].equals("replay");
        JournalBench bench =
                new JournalBench(Path.of(args[1]), args.length > 2 ? Integer.parseInt(args[2]) : 2_000_000);
        int rounds = args.length > 3 ? Integer.parseInt(args[3]) : 5;
        List<Long> first = new ArrayList<>();
        List<Long> second = new ArrayList<>();
        if (replays) {
            bench.journal();
        }
        for (int round = -1; round < rounds; round++) {
            long firstRate = replays ? bench.justRead() : bench.raw();
            long secondRate = replays ? bench.judged() : bench.journal();
            if (round >= 0) { // the first warms up
                first.add(firstRate);
                second.add(secondRate);
            }
        }
        System.out.printf(
                "{\"type\":\"journal\",\"events\":%d,\"%s\":%s,\"%s\":%s,\"bytesPerEvent\":%.1f}%n",
                bench.events,
                replays ? "journalRead" : "rawAppend",
                spread(first),
                replays ? "journalToVerdicts" : "ringToJournal",
                spread(second),
                (double) bench.journalBytes() / bench.events);
    }

    private static String spread(List<Long> rates) {
        List<Long> sorted = rates.stream().sorted().toList();
        return String.format(
                "{\"min\":%d,\"median\":%d,\"max\":%d}",
                sorted.get(0), sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1));
    }

    /** Nanoseconds that taking the drains took, each by its number, without making them and what {@code ready} does. */
    private long timed(Runnable ready, IntConsumer taken) {
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
            ready.run();
            long fromNs = System.nanoTime();
            for (int i = 0; i < DRAINS_AT_ONCE; i++) {
                taken.accept(i);
            }
            tookNs += System.nanoTime() - fromNs;
            done += ends[DRAINS_AT_ONCE - 1] / TcpEventLayout.SIZE;
        }
        return tookNs;
    }

    private int start(int drain) {
        return drain == 0 ? 0 : ends[drain - 1];
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
            return rate(timed(() -> {}, i -> {
                ByteBuffer drain = drains.limit(ends[i]).position(start(i));
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
        Path ringFolder =
                Files.createTempDirectory(Files.isDirectory(MEMORY) ? MEMORY : Path.of("."), "fintrail-rings");
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER);
                FiledRings rings = new FiledRings(ringFolder, RINGS, RING_BYTES)) {
            writer.session(
                    traffic.session().with("layout", TcpEventLayout.FINGERPRINT).with("format", "" + Session.FORMAT));
            return rate(timed(() -> fill(rings), i -> {
                for (int ring = 0; ring < RINGS; ring++) {
                    rings.publish(ring, filledTo[i][ring]);
                }
                rings.drain(writer, drains.getLong(ends[i] - TcpEventLayout.SIZE + TcpEventLayout.KTIME_NS));
            }));
        } finally {
            delete(ringFolder);
        }
    }

    /** A connection's events, of both its ends, are one processor's. */
    private void fill(FiledRings rings) {
        for (int i = 0; i < DRAINS_AT_ONCE; i++) {
            for (int at = start(i); at < ends[i]; at += TcpEventLayout.SIZE) {
                long connection = (drains.getLong(at + TcpEventLayout.COOKIE) - 1) / 2;
                rings.append((int) (connection / 2 % RINGS), drains, at);
            }
            for (int ring = 0; ring < RINGS; ring++) {
                filledTo[i][ring] = rings.appended(ring);
            }
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

    private void read(TraceSink sink) throws IOException {
        try (JournalReader reader = JournalReader.open(directory)) {
            reader.readAll(sink);
        }
    }

    private long justRead() throws IOException {
        long fromNs = System.nanoTime();
        read(new Nobody());
        return rate(System.nanoTime() - fromNs);
    }

    private long judged() throws IOException {
        Chain chain = new Chain();
        long fromNs = System.nanoTime();
        read(chain.sink());
        chain.finish();
        return rate(System.nanoTime() - fromNs);
    }

    private void empty() throws IOException {
        Files.createDirectories(directory);
        delete(directory);
        Files.createDirectories(directory);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
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
