package io.fintrail.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fintrail.capture.FiledRings;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.journal.JournalWriter;
import io.fintrail.journal.Retention;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is taken from the rings and written at the traced host's speed allocates nothing for an event: the JVM's own counter
 * says so.
 */
final class AllocationTest {
    private static final int RINGS = 2;
    private static final int RING_BYTES = 1 << 16;
    private static final int WARM_UP = 50_000;
    private static final int DRAINS = 10_000;

    /** A roll file that is begun, or grown, costs some objects once; a single one for each drain would be 160,000 bytes. */
    private static final long MOST_IN_ALL = 20_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Traffic traffic = new Traffic();

    @Test
    void eventsGoFromTheRingToTheJournalWithoutAnObject(@TempDir Path directory, @TempDir Path ringFolder)
            throws IOException {
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER);
                FiledRings rings = new FiledRings(ringFolder, RINGS, RING_BYTES)) {
            writer.session(
                    traffic.session().with("layout", TcpEventLayout.FINGERPRINT).with("format", "" + Session.FORMAT));
            ByteBuffer drain = copy();
            write(writer, rings, drain, WARM_UP);
            long before = threads.getCurrentThreadAllocatedBytes();
            write(writer, rings, drain, DRAINS);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;

            long events = (long) DRAINS * (drain.capacity() / TcpEventLayout.SIZE);
            System.out.printf("counted: %d bytes allocated for %d events to the journal%n", allocated, events);
            assertThat(allocated).isLessThan(MOST_IN_ALL);
        }
    }

    /** One drain, which is put into the rings again and again; making drains allocates. */
    private ByteBuffer copy() {
        traffic.fill();
        int length = traffic.count() * TcpEventLayout.SIZE;
        ByteBuffer copy = ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
        copy.put(0, traffic.batch(), 0, length);
        return copy;
    }

    private static void write(JournalWriter writer, FiledRings rings, ByteBuffer drain, int times) {
        long lastNs = drain.getLong(drain.capacity() - TcpEventLayout.SIZE + TcpEventLayout.KTIME_NS);
        for (int i = 0; i < times; i++) {
            fill(rings, drain);
            rings.drain(writer, lastNs);
        }
    }

    private static void fill(FiledRings rings, ByteBuffer drain) {
        for (int at = 0, ring = 0; at < drain.capacity(); at += TcpEventLayout.SIZE, ring = (ring + 1) % RINGS) {
            rings.append(ring, drain, at);
        }
        for (int ring = 0; ring < RINGS; ring++) {
            rings.publish(ring, rings.appended(ring));
        }
    }
}
