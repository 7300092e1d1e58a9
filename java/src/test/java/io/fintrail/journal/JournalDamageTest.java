package io.fintrail.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fintrail.event.Session;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens to a journal's files: it says the same as before, or it says where it is damaged. Never a third. */
class JournalDamageTest {
    private static final int FLIPS = Integer.getInteger("journal.flips", 600);
    private static final int CUTS = Integer.getInteger("journal.cuts", 200);
    private static final long HOUR_MS = 3_600_000;

    @TempDir
    private Path parent;

    private Path whole;
    private Path damaged;
    private List<String> lines;
    private final Random random = new Random(11);

    @BeforeEach
    void writeTwoFiles() throws IOException {
        whole = Files.createDirectory(parent.resolve("whole"));
        damaged = Files.createDirectory(parent.resolve("damaged"));
        AtomicLong wallMs = new AtomicLong(1_795_000_000_000L);
        try (JournalWriter writer = JournalWriter.kept(whole, Retention.FOREVER, wallMs::get)) {
            writer.session(Recorded.session("run", "a"));
            for (int i = 0; i < 100; i++) {
                writer.batch(CrashingWriter.records(1 + i * 40L, 40));
                writer.clock((i + 1) * 40L, 0);
                if (i == 60) {
                    wallMs.addAndGet(HOUR_MS);
                }
            }
            writer.end(4000);
        }
        lines = read(whole).lines;
        assertThat(lines).hasSize(1 + 4000 + 100 + 1);
        assertThat(RollFiles.list(whole)).hasSize(2);
    }

    private static Recorded read(Path directory) throws IOException {
        Recorded recorded = new Recorded();
        try (JournalReader reader = JournalReader.open(directory)) {
            reader.readAll(recorded);
        }
        return recorded;
    }

    private void restore() throws IOException {
        for (Path file : files(whole)) {
            Files.write(damaged.resolve(file.getFileName()), Files.readAllBytes(file));
        }
    }

    private static List<Path> files(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    private Path rollFile(int number) {
        return List.copyOf(RollFiles.list(damaged).values()).get(number);
    }

    /** Null when it reads as before. What was read of a damaged one is what stood there before. */
    private @Nullable DamagedJournalException damage(String how) throws IOException {
        Recorded recorded = new Recorded();
        try (JournalReader reader = JournalReader.open(damaged)) {
            reader.readAll(recorded);
        } catch (DamagedJournalException e) {
            assertThat(recorded.gaps).as(how).isEmpty();
            assertThat(lines.subList(0, recorded.lines.size())).as(how).isEqualTo(recorded.lines);
            assertThat(e.getMessage()).as(how).contains(damaged.toString()).doesNotContain("\n");
            return e;
        }
        assertThat(recorded.lines).as(how).isEqualTo(lines);
        return null;
    }

    @Test
    void noticesEveryBitThatIsFlippedInWhatWasWritten() throws IOException {
        int noticed = 0;
        int harmless = 0;
        for (int i = 0; i < FLIPS; i++) {
            restore();
            Path file = rollFile(random.nextInt(2));
            long used = RollFileWalk.usedBytes(file);
            long at = (long) (random.nextDouble() * used);
            int bit = random.nextInt(8);
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                bytes.seek(at);
                int value = bytes.read();
                bytes.seek(at);
                bytes.write(value ^ 1 << bit);
            }
            if (damage("bit " + bit + " of byte " + at + " of " + file.getFileName()) == null) {
                harmless++; // in a page of the queue's own that a reader does not need
            } else {
                noticed++;
            }
        }
        System.out.println(
                "counted: " + FLIPS + " flipped bits: " + noticed + " noticed, " + harmless + " without effect");
        assertThat(noticed).isPositive();
    }

    @Test
    void noticesThatAFileIsCutOff() throws IOException {
        int noticed = 0;
        for (int i = 0; i < CUTS; i++) {
            restore();
            Path file = rollFile(random.nextInt(2));
            long size = (long) (random.nextDouble() * RollFileWalk.usedBytes(file));
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                bytes.setLength(size);
            }
            if (damage(file.getFileName() + " cut to " + size + " bytes") != null) {
                noticed++;
            }
        }
        System.out.println("counted: " + CUTS + " files cut off: " + noticed + " noticed");
        assertThat(noticed).isGreaterThan(CUTS / 2);
    }

    @Test
    void readsWhatIsBeforeTheDamage() throws IOException {
        restore();
        Path file = rollFile(1);
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(RollFileWalk.usedBytes(file) - 4096);
        }
        Recorded recorded = new Recorded();

        assertThatThrownBy(() -> {
                    try (JournalReader reader = JournalReader.open(damaged)) {
                        reader.readAll(recorded);
                    }
                })
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("damaged after");

        assertThat(recorded.events.size()).isBetween(61 * 40, 3999);
    }

    /** Its documents began with the same byte, and the first of them said which format it was. */
    @Test
    void namesTheFormatOfAnOlderVersion() throws IOException {
        Path old = Files.createDirectory(parent.resolve("old"));
        try (ChronicleQueue queue = SingleChronicleQueueBuilder.binary(old)
                        .rollCycle(RollCycles.FAST_HOURLY)
                        .build();
                ExcerptAppender appender = queue.createAppender();
                DocumentContext document = appender.writingDocument()) {
            document.wire()
                    .bytes()
                    .writeByte((byte) 1)
                    .writeLong(1)
                    .writeUtf8("boot=b format=1 hz=250 layout=0123456789abcdef run=r");
        }

        assertThatThrownBy(() -> JournalReader.open(old))
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("format 1, layout 0123456789abcdef")
                .hasMessageContaining("format " + Session.FORMAT + ", layout " + TcpEventLayout.FINGERPRINT);
        assertThatThrownBy(() -> JournalDirectory.keep(old)).isInstanceOf(DamagedJournalException.class);
    }

    @Test
    void refusesSomebodyElsesQueue() throws IOException {
        Path foreign = Files.createDirectory(parent.resolve("foreign"));
        try (ChronicleQueue queue = SingleChronicleQueueBuilder.binary(foreign)
                        .rollCycle(RollFiles.CYCLE)
                        .build();
                ExcerptAppender appender = queue.createAppender()) {
            appender.writeText("orders: 17");
        }

        assertThatThrownBy(() -> read(foreign))
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining(foreign.toString());
    }

    @Test
    void isStillNoticedAfterTheNextRecording() throws IOException {
        restore();
        Path file = rollFile(1);
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(RollFileWalk.usedBytes(file) - 4096);
        }

        try (JournalWriter writer = JournalWriter.kept(damaged, Retention.FOREVER)) {
            writer.session(Recorded.session("run", "b"));
            writer.end(5000);
        }

        assertThatThrownBy(() -> read(damaged))
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining(file.getFileName().toString());
    }
}
