package io.fintrail.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.ForwardingSink;
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
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ten million events: in how much memory they are judged, and how soon a moment in them is found. */
@Tag("slow")
class LongRecordingTest {
    private static final int EVENTS = 10_000_000;
    private static final int MILLION = 1_000_000;
    private static final long SECOND_NS = 1_000_000_000L;

    @TempDir
    private Path directory;

    @Test
    void isJudgedInMemoryThatStaysFlatAndSearchedWithoutBeingRead() throws IOException, InterruptedException {
        write(directory);

        List<Long> heap = heapAfterEachMillion();
        System.out.println("counted: heap in use after each million events, MiB, of 256: " + heap);
        assertThat(heap).hasSize(EVENTS / MILLION);
        assertThat(heap).allSatisfy(mib -> assertThat(mib).isLessThanOrEqualTo(heap.get(0) * 5 / 4 + 8));

        seeks();
    }

    private static void write(Path directory) {
        Traffic traffic = new Traffic();
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER)) {
            writer.session(traffic.session()
                    .with("layout", TcpEventLayout.FINGERPRINT)
                    .with("began-ns", Long.toString(Traffic.START_NS))
                    .with("format", Integer.toString(Session.FORMAT)));
            while (writer.records() < EVENTS) {
                traffic.fill();
                writer.batch(traffic.batch().clear().limit(traffic.count() * TcpEventLayout.SIZE));
                traffic.batch().clear();
                writer.clock(traffic.lastNs(), 0);
            }
            writer.end(traffic.lastNs());
        }
    }

    private List<Long> heapAfterEachMillion() throws IOException, InterruptedException {
        Process judge = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + Path.of(System.getProperty("fintrail.home"), "java", "jvm.args"),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LongRecordingTest.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<Long> heap = new ArrayList<>();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(judge.getInputStream(), StandardCharsets.UTF_8))) {
            said.lines().forEach(line -> heap.add(Long.valueOf(line)));
        }
        assertThat(judge.waitFor()).isZero();
        return heap;
    }

    /** The child: judges a journal, and says how much of its heap is in use after each million events. */
    public static void main(String[] args) throws IOException {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        VerdictFilter problems = new VerdictFilter(false, Set.of(), 0, "", Set.of(), new byte[16], 0, 0);
        TraceSink tracker = new LifecycleTracker(new VerdictStage(
                new FilteredView(new TextView(nowhere, nowhere, new WallClock(() -> 0), false), problems)));
        try (JournalReader reader = JournalReader.open(Path.of(args[0]))) {
            reader.readAll(new ForwardingSink(tracker) {
                @Override
                public void onEvent(TcpEvent event, long index) {
                    next.onEvent(event, index);
                    if (index % MILLION == 0) {
                        System.gc();
                        System.out.println(ManagementFactory.getMemoryMXBean()
                                        .getHeapMemoryUsage()
                                        .getUsed()
                                >> 20);
                    }
                }
            });
        }
    }

    private void seeks() throws IOException {
        long readNs = -System.nanoTime();
        long firstNs;
        long lastNs;
        try (JournalReader reader = JournalReader.open(directory)) {
            firstNs = reader.firstWallNs();
            lastNs = reader.lastWallNs();
        }
        try (JournalReader reader = JournalReader.open(directory)) {
            reader.readAll(new First());
        }
        readNs += System.nanoTime();
        List<Long> tookMs = new ArrayList<>();
        for (int tenth = 1; tenth < 10; tenth++) {
            long wantedNs = firstNs + (lastNs - firstNs) / 10 * tenth;
            First first = new First();
            long fromNs = System.nanoTime();
            try (JournalReader reader = JournalReader.open(directory)) {
                reader.seek(wantedNs);
                while (first.ktimeNs == 0) {
                    assertThat(reader.readOne(first)).isTrue();
                }
            }
            long tookNs = System.nanoTime() - fromNs;
            tookMs.add(tookNs / 1_000_000);
            assertThat(first.ktimeNs).isBetween(wantedNs - 10 * SECOND_NS, wantedNs);
            assertThat(tookNs).isLessThan(readNs / 5);
        }
        System.out.println("counted: reading all of it: " + readNs / 1_000_000
                + " ms; opening it and finding a moment: " + tookMs + " ms");
    }

    private static final class First extends ForwardingSink {
        private long ktimeNs;

        First() {
            super(new LifecycleTracker(new VerdictStage(new FilteredView(
                    new TextView(
                            new PrintWriter(Writer.nullWriter()),
                            new PrintWriter(Writer.nullWriter()),
                            new WallClock(() -> 0),
                            false),
                    verdict -> false))));
        }

        @Override
        public void onEvent(TcpEvent event, long index) {
            if (ktimeNs == 0) {
                ktimeNs = event.ktimeNs();
            }
        }

        @Override
        public void onClock(long drainedToNs, long wallOffsetNs) {}
    }
}
