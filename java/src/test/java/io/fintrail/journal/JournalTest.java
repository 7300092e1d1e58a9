package io.fintrail.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fintrail.event.Gap;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final Gap GAP = new Gap(5, 9, 3, TcpEventKind.SEGMENT_FREED, "recursion = miss");

    @TempDir
    private Path directory;

    private Recorded readKept() throws IOException {
        Recorded recorded = new Recorded();
        try (JournalReader reader = JournalReader.open(directory)) {
            reader.readAll(recorded);
        }
        return recorded;
    }

    @Test
    void readsBackWhatWasWritten() throws IOException {
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER)) {
            writer.session(Recorded.session("note", "a b=c%#d\u00e4"));
            writer.batch(Recorded.batch(1, 2, 3));
            writer.clock(4, -17);
            writer.gap(GAP);
            writer.batch(Recorded.batch(10));
            writer.clock(11, -16);
            writer.end(12);
        }

        Recorded recorded = readKept();

        assertThat(recorded.lines)
                .containsExactly(
                        "session " + Recorded.session("note", "a b=c%#d\u00e4").fields(),
                        "event 1 DESTROY 1 -1",
                        "event 2 DESTROY 2 -2",
                        "event 3 DESTROY 3 -3",
                        "clock 4 -17",
                        GAP.toString(),
                        "event 4 DESTROY 10 -1",
                        "clock 11 -16",
                        "end 12");
    }

    @Test
    void readsADrainLargerThanTheReadersBuffer() throws IOException {
        long[] ktimesNs = new long[5000];
        for (int i = 0; i < ktimesNs.length; i++) {
            ktimesNs[i] = i;
        }
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER)) {
            writer.session(Recorded.session());
            writer.batch(Recorded.batch(ktimesNs));
        }

        assertThat(readKept().lines).hasSize(1 + ktimesNs.length).last().isEqualTo("event 5000 DESTROY 4999 -5000");
    }

    @Test
    void holdsSeveralRunsOneAfterTheOther() throws IOException {
        for (String run : new String[] {"a", "b"}) {
            try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER)) {
                writer.session(Recorded.session("run", run));
                writer.batch(Recorded.batch(1, 2));
                writer.end(3);
            }
        }

        Recorded recorded = readKept();

        assertThat(recorded.sessions).extracting(session -> session.run()).containsExactly("a", "b");
        assertThat(recorded.events).hasSize(4);
        assertThat(recorded.gaps).isEmpty();
    }

    @Test
    void canBeReadWhileItIsWritten() throws IOException {
        Recorded recorded = new Recorded();
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER)) {
            writer.session(Recorded.session());
            try (JournalReader reader = JournalReader.open(directory)) {
                reader.readAll(recorded);
                assertThat(reader.readOne(recorded)).isFalse();
                writer.clock(4, 0);
                assertThat(reader.readOne(recorded)).isTrue();
            }
        }
        assertThat(recorded.lines).last().isEqualTo("clock 4 0");
    }

    @Test
    void refusesALayoutThatItDoesNotKnow() {
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER)) {
            writer.session(Recorded.session("layout", "feedfacefeedface"));
        }

        assertThatThrownBy(this::readKept)
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("feedfacefeedface")
                .hasMessageContaining(TcpEventLayout.FINGERPRINT)
                .hasMessageContaining(directory.toString());
    }

    @Test
    void refusesALaterFormat() {
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER)) {
            writer.session(Recorded.session("format", "99"));
        }

        assertThatThrownBy(this::readKept)
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("format 99");
    }

    @Test
    void refusesADirectoryWithoutAJournal() {
        assertThatThrownBy(this::readKept)
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("holds no journal");
    }

    @Test
    void refusesWhatIsNoDirectory() {
        assertThatThrownBy(() -> JournalReader.open(directory.resolve("nowhere")))
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("nowhere");
    }

    @Test
    void callsAFileOfGarbageDamaged() throws IOException {
        Files.writeString(
                directory.resolve("20261122-15F.cq4"), "this is no Chronicle queue, and never was\n".repeat(500));

        assertThatThrownBy(this::readKept)
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining(directory.toString());
    }

    @Test
    void passesDocumentsOnToItsReader() {
        AtomicInteger readerCycle = new AtomicInteger(Integer.MIN_VALUE);
        Recorded recorded = new Recorded();
        try (JournalWriter writer = JournalWriter.passing(directory, 1 << 20, readerCycle)) {
            writer.session(Recorded.session());
            try (JournalReader reader = JournalReader.passing(directory, readerCycle)) {
                writer.batch(Recorded.batch(1));
                writer.clock(2, 0);
                reader.readAll(recorded);
            }
        }

        assertThat(recorded.lines).hasSize(3).last().isEqualTo("clock 2 0");
        assertThat(readerCycle.get()).isPositive();
    }

    @Test
    void turnsWhatHasNoRoomIntoAGap() {
        AtomicInteger readerCycle = new AtomicInteger(Integer.MIN_VALUE);
        Recorded recorded = new Recorded();
        try (JournalWriter writer = JournalWriter.passing(directory, 2 * TcpEventLayout.SIZE, readerCycle)) {
            writer.session(Recorded.session());
            writer.batch(Recorded.batch(1, 2));
            writer.clock(3, 0);
            writer.batch(Recorded.batch(4, 5));
            writer.batch(Recorded.batch(6));
            writer.clock(7, 0);
            writer.end(8);
            try (JournalReader reader = JournalReader.passing(directory, readerCycle)) {
                reader.readAll(recorded);
            }
        }

        assertThat(recorded.events).hasSize(3);
        assertThat(recorded.gaps).hasSize(1);
        Gap gap = recorded.gaps.get(0);
        assertThat(gap.lost()).isEqualTo(2);
        assertThat(gap.kind()).isEqualTo(TcpEventKind.UNKNOWN);
        assertThat(gap.overlaps(4, 5)).isTrue();
    }

    /** The clock lets deadlines fire: whoever judges on it must know before that facts are missing. */
    @Test
    void tellsOfWhatHadNoRoomBeforeTheNextClock() {
        AtomicInteger readerCycle = new AtomicInteger(Integer.MIN_VALUE);
        Recorded recorded = new Recorded();
        try (JournalWriter writer = JournalWriter.passing(directory, TcpEventLayout.SIZE, readerCycle)) {
            writer.session(Recorded.session());
            writer.clock(3, 0);
            writer.batch(Recorded.batch(4, 5));
            writer.clock(7, 0);
            try (JournalReader reader = JournalReader.passing(directory, readerCycle)) {
                reader.readAll(recorded);
            }
        }

        assertThat(recorded.lines.subList(1, recorded.lines.size()))
                .containsExactly(
                        "clock 3 0",
                        new Gap(3, 5, 2, TcpEventKind.UNKNOWN, "no room for the journal").toString(),
                        "clock 7 0");
    }
}
