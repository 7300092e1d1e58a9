package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.capture.SnapshotSchedule.Look;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class SnapshotScheduleTest {
    private static final long NANOSECOND = 1;
    private static final long PATIENCE_MS = 20_000;

    @Test
    void beginsWithEverything() {
        assertThat(new SnapshotSchedule(0).next()).isEqualTo(Look.EVERYTHING);
    }

    @Test
    void goesOnWithWhatCloses() {
        SnapshotSchedule schedule = new SnapshotSchedule(NANOSECOND);
        schedule.next();

        assertThat(schedule.next()).isEqualTo(Look.CLOSING);
        assertThat(schedule.next()).isEqualTo(Look.CLOSING);
    }

    @Test
    void takesALastLookAtTheEnd() {
        SnapshotSchedule schedule = new SnapshotSchedule(0);
        schedule.next();
        schedule.end();

        assertThat(schedule.next()).isEqualTo(Look.CLOSING);
        assertThat(schedule.next()).isNull();
    }

    @Test
    void looksOnceWhenItEndsBeforeItBegan() {
        SnapshotSchedule schedule = new SnapshotSchedule(0);
        schedule.end();

        assertThat(schedule.next()).isEqualTo(Look.EVERYTHING);
        assertThat(schedule.next()).isNull();
    }

    @Test
    void looksAtEverythingWhenAsked() {
        SnapshotSchedule schedule = new SnapshotSchedule(0);
        schedule.next();
        schedule.ask();

        assertThat(schedule.next()).isEqualTo(Look.EVERYTHING);
    }

    @Test
    void restsAfterALookThatTookLong() {
        long[] cpuNs = {0};
        SnapshotSchedule schedule = new SnapshotSchedule(NANOSECOND, 500, () -> cpuNs[0]);
        long beganNs = System.nanoTime();
        schedule.next();
        cpuNs[0] += 100_000;

        schedule.next();

        assertThat(System.nanoTime() - beganNs).isGreaterThan(49_000_000);
    }

    @Test
    void wakesWhoDrains() throws InterruptedException {
        SnapshotSchedule schedule = new SnapshotSchedule(0);
        Thread drainer = new Thread(() -> LockSupport.parkNanos(Long.MAX_VALUE));
        drainer.setDaemon(true);
        schedule.drainedBy(drainer);
        drainer.start();

        schedule.wakeDrainer();
        drainer.join(PATIENCE_MS);

        assertThat(drainer.isAlive()).isFalse();
    }
}
