package io.fintrail.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.Gap;
import io.fintrail.event.TcpEvent;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Roll files: when they begin, when they go, what a reader makes of it, and how a moment is found in them. */
class JournalFilesTest {
    private static final long MINUTE_MS = 60_000;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long OFFSET_NS = 1_795_000_000L * SECOND_NS;

    private final AtomicLong wallMs = new AtomicLong(OFFSET_NS / 1_000_000);

    @TempDir
    private Path directory;

    private JournalWriter writer(Retention retention) {
        JournalWriter writer = JournalWriter.kept(directory, retention, wallMs::get);
        writer.session(
                Recorded.session("run", "a", "began-ns", "1000000000", "wall-offset-ns", Long.toString(OFFSET_NS)));
        return writer;
    }

    private Recorded read() throws IOException {
        Recorded recorded = new Recorded();
        try (JournalReader reader = JournalReader.open(directory)) {
            reader.readAll(recorded);
        }
        return recorded;
    }

    private int files() {
        return RollFiles.list(directory).size();
    }

    /** One second of a host: three events and a clock. */
    private boolean second(JournalWriter writer, long second) {
        long ns = second * SECOND_NS;
        writer.batch(Recorded.batch(ns, ns + 1, ns + 2));
        return writer.clock(ns + 3, OFFSET_NS);
    }

    @Test
    void beginsAFileEachHourAndAsksToLookAtEverythingThen() throws IOException {
        try (JournalWriter writer = writer(Retention.FOREVER)) {
            assertThat(second(writer, 1)).isFalse();
            wallMs.addAndGet(HOUR_MS - 1);
            assertThat(second(writer, 2)).isFalse();
            assertThat(files()).isOne();
            wallMs.addAndGet(1);
            assertThat(second(writer, 3)).isTrue();
            assertThat(second(writer, 4)).isFalse();
            assertThat(files()).isEqualTo(2);
        }

        Recorded recorded = read();

        assertThat(recorded.sessions).hasSize(1);
        assertThat(recorded.gaps).isEmpty();
        assertThat(recorded.events).hasSize(12);
        assertThat(recorded.lines).contains("event 12 DESTROY 4000000002 -3");
    }

    @Test
    void removesWhatIsOlderThanItIsToKeep() throws IOException {
        Retention hours = new Retention(3 * HOUR_MS, Long.MAX_VALUE);
        try (JournalWriter writer = writer(hours)) {
            for (int i = 1; i <= 60; i++) {
                second(writer, i);
                wallMs.addAndGet(6 * MINUTE_MS);
            }
        }

        Recorded recorded = read();

        // 30 seconds of the host belong to three hours, and those of one file more may be there.
        long first = recorded.events.get(0).ktimeNs() / SECOND_NS;
        assertThat(first).isBetween(60L - 30 - 5, 60L - 30);
        assertThat(recorded.events.get(recorded.events.size() - 1).ktimeNs() / SECOND_NS)
                .isEqualTo(60);
        assertThat(recorded.gaps).isEmpty();
        assertThat(recorded.sessions).hasSize(1);
    }

    @Test
    void removesTheOldestWhenItTakesMoreThanItMay() throws IOException {
        Retention small = new Retention(Long.MAX_VALUE, Retention.LEAST_BYTES);
        try (JournalWriter writer = writer(small)) {
            for (int i = 1; i <= 60; i++) {
                writer.batch(CrashingWriter.records(i * 20_000L, 20_000));
                writer.clock(i * SECOND_NS, OFFSET_NS);
                long bytes = RollFiles.list(directory).values().stream()
                        .mapToLong(RollFiles::size)
                        .sum();
                // The file being written has room taken ahead; what is in it counts.
                assertThat(bytes).isLessThan(Retention.LEAST_BYTES + 2 * Document.BLOCK_BYTES);
            }
            assertThat(files()).isBetween(2, 9);
            assertThat(writer.bytes()).isGreaterThan(2 * Retention.LEAST_BYTES);
        }

        assertThat(read().gaps).isEmpty();
    }

    @Test
    void tellsAReaderThatWasOvertakenWhatIsGone() throws IOException {
        Retention hours = new Retention(3 * HOUR_MS, Long.MAX_VALUE);
        Recorded recorded = new Recorded();
        try (JournalWriter writer = writer(hours)) {
            second(writer, 1);
            try (JournalReader reader = JournalReader.open(directory)) {
                reader.readAll(recorded);
                for (int i = 2; i <= 60; i++) {
                    second(writer, i);
                    wallMs.addAndGet(6 * MINUTE_MS);
                }
                while (reader.readOne(recorded)) {
                    // to the end
                }
            }
        }

        assertThat(recorded.gaps).hasSize(1);
        Gap gap = recorded.gaps.get(0);
        List<Long> seconds = recorded.events.stream()
                .map(TcpEvent::ktimeNs)
                .map(ns -> ns / SECOND_NS)
                .distinct()
                .toList();
        assertThat(gap.lost()).isEqualTo(3L * (60 - seconds.size()));
        assertThat(gap.cause()).isEqualTo(JournalReader.REMOVED);
        long lastBefore = gap.fromNs() / SECOND_NS;
        assertThat(seconds).contains(lastBefore).doesNotContain(lastBefore + 1);
        assertThat(gap.toNs() / SECOND_NS + 1)
                .isEqualTo(
                        seconds.stream().filter(s -> s > lastBefore).findFirst().orElseThrow());
    }

    @Test
    void saysHowMuchIsGoneBeforeItsBeginning() throws IOException {
        try (JournalWriter writer = writer(new Retention(HOUR_MS, Long.MAX_VALUE))) {
            for (int i = 1; i <= 30; i++) {
                second(writer, i);
                wallMs.addAndGet(6 * MINUTE_MS);
            }
        }
        Recorded recorded = new Recorded();
        try (JournalReader reader = JournalReader.open(directory)) {
            reader.readAll(recorded);

            assertThat(reader.removedBefore())
                    .isEqualTo(90 - recorded.events.size())
                    .isPositive();
        }
    }

    @Test
    void goesOnWhenTheWallClockIsSetBack() throws IOException {
        try (JournalWriter writer = writer(Retention.FOREVER)) {
            second(writer, 1);
            wallMs.addAndGet(-5 * HOUR_MS);
            second(writer, 2);
            wallMs.addAndGet(HOUR_MS);
            second(writer, 3);
        }
        try (JournalWriter writer = writer(Retention.FOREVER)) {
            second(writer, 4);
        }

        assertThat(read().lines).filteredOn(line -> line.startsWith("event")).hasSize(12);
        assertThat(read().gaps).isEmpty();
    }

    @Test
    void findsAMoment() throws IOException {
        try (JournalWriter writer = writer(Retention.FOREVER)) {
            for (int i = 1; i <= 400; i++) {
                writer.batch(CrashingWriter.records(i * SECOND_NS, 500));
                writer.clock(i * SECOND_NS + 500, OFFSET_NS);
                wallMs.addAndGet(MINUTE_MS);
            }
        }
        assertThat(files()).isEqualTo(7);
        for (long second : new long[] {0, 1, 2, 57, 199, 200, 333, 399, 400, 500}) {
            Recorded recorded = new Recorded();
            try (JournalReader reader = JournalReader.open(directory)) {
                reader.seek(OFFSET_NS + second * SECOND_NS).readAll(recorded);
            }
            long first = recorded.events.get(0).ktimeNs() / SECOND_NS;
            assertThat(first).as("from " + second).isLessThanOrEqualTo(Math.max(1, Math.min(second, 400)));
            assertThat(first).as("from " + second).isGreaterThan(Math.min(second, 400) - 60);
            assertThat(recorded.events).hasSize((int) (401 - first) * 500);
            assertThat(recorded.gaps).isEmpty();
        }
        try (JournalReader reader = JournalReader.open(directory)) {
            assertThat(reader.firstWallNs()).isEqualTo(OFFSET_NS + SECOND_NS);
            assertThat(reader.lastWallNs()).isEqualTo(OFFSET_NS + 400 * SECOND_NS + 500);
        }
    }

    /** Size and sum of each file. */
    private Map<Path, String> contents() throws IOException {
        Map<Path, String> contents = new TreeMap<>();
        for (Path file : RollFiles.list(directory).values()) {
            CRC32 sum = new CRC32();
            sum.update(Files.readAllBytes(file));
            contents.put(file, Files.size(file) + " bytes, sum " + sum.getValue());
        }
        return contents;
    }

    /** A queue's new appender would mark older files as closed, and lengthen them: evidence, and their size, would change. */
    @Test
    void leavesTheFilesOfEarlierRunsAsTheyWere() throws IOException {
        try (JournalWriter writer = writer(Retention.FOREVER)) {
            for (int i = 1; i <= 5; i++) {
                second(writer, i);
                wallMs.addAndGet(HOUR_MS);
            }
        }
        Path killed = RollFiles.list(directory).lastEntry().getValue();
        try (RandomAccessFile file = new RandomAccessFile(killed.toFile(), "rw")) {
            file.setLength(5 << 20); // as a writer leaves it that was killed
        }
        Map<Path, String> before = contents();

        try (JournalWriter writer = writer(Retention.FOREVER)) {
            second(writer, 6);
        }

        assertThat(files()).isEqualTo(before.size() + 1);
        assertThat(contents()).containsAllEntriesOf(before);
        assertThat(read().events).hasSize(18);
    }

    @Test
    void doesNotCountRoomThatIsTakenAhead() throws IOException {
        Retention small = new Retention(Long.MAX_VALUE, Retention.LEAST_BYTES);
        for (int run = 0; run < 4; run++) {
            try (JournalWriter writer = writer(small)) {
                second(writer, run + 1);
            }
            Path last = RollFiles.list(directory).lastEntry().getValue();
            try (RandomAccessFile file = new RandomAccessFile(last.toFile(), "rw")) {
                file.setLength(5 << 20);
            }
        }

        assertThat(files()).isEqualTo(4);
    }

    @Test
    void readsOnWhileFilesAreBegunAndRemoved() throws Exception {
        Retention small = new Retention(Long.MAX_VALUE, Retention.LEAST_BYTES);
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread writing = new Thread(() -> {
            try (JournalWriter writer = writer(small)) {
                for (int i = 1; i <= 600; i++) {
                    writer.batch(CrashingWriter.records(i * 3_000L, 3_000));
                    writer.clock(i * 3_000L + 3_000, OFFSET_NS);
                }
            } catch (RuntimeException | Error e) {
                failure.set(e);
            } finally {
                done.set(true);
            }
        });
        writing.start();
        Recorded recorded = new Recorded();
        long read = 0;
        while (!JournalReader.isJournal(directory)) {
            Thread.onSpinWait();
        }
        try (JournalReader reader = JournalReader.open(directory)) {
            boolean last = false;
            while (!last) {
                last = done.get();
                while (reader.readOne(recorded)) {
                    read += recorded.events.size();
                    recorded.events.clear();
                    recorded.lines.clear();
                }
            }
        }
        writing.join();

        assertThat(failure.get()).isNull();
        long lost = recorded.gaps.stream().mapToLong(Gap::lost).sum();
        assertThat(read + lost).isEqualTo(600 * 3_000L);
    }

    @Test
    void findsAMomentThoughTheWallClockWasSetBack() throws IOException {
        for (long fromS : new long[] {100, 50}) {
            try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER, wallMs::get)) {
                writer.session(Recorded.session(
                        "run",
                        "of" + fromS,
                        "began-ns",
                        Long.toString(SECOND_NS),
                        "wall-offset-ns",
                        Long.toString(fromS * SECOND_NS)));
                for (int i = 1; i < 30; i++) {
                    writer.batch(Recorded.batch(i * SECOND_NS));
                    writer.clock(i * SECOND_NS, fromS * SECOND_NS);
                }
            }
        }
        Recorded recorded = new Recorded();
        try (JournalReader reader = JournalReader.open(directory)) {
            reader.seek(120 * SECOND_NS).readAll(recorded);
            assertThat(reader.removedBefore()).isZero();
        }

        assertThat(recorded.sessions).extracting(session -> session.run()).containsExactly("of100", "of50");
    }
}
