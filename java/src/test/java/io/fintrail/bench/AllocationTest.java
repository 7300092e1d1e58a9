package io.fintrail.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
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

/** What is written at the traced host's speed allocates nothing for an event: the JVM's own counter says so. */
final class AllocationTest {
    private static final int WARM_UP = 50_000;
    private static final int DRAINS = 10_000;

    /** A roll file that is begun, or grown, costs some objects once; a single one for each drain would be 160,000 bytes. */
    private static final long MOST_IN_ALL = 20_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Traffic traffic = new Traffic();

    @Test
    void eventsGoFromTheRingToTheJournalWithoutAnObject(@TempDir Path directory) throws IOException {
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER)) {
            writer.session(
                    traffic.session().with("layout", TcpEventLayout.FINGERPRINT).with("format", "" + Session.FORMAT));
            ByteBuffer drain = copy();
            write(writer, drain, WARM_UP);
            long before = threads.getCurrentThreadAllocatedBytes();
            write(writer, drain, DRAINS);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;

            long events = (long) DRAINS * (drain.capacity() / TcpEventLayout.SIZE);
            System.out.printf("counted: %d bytes allocated for %d events to the journal%n", allocated, events);
            assertThat(allocated).isLessThan(MOST_IN_ALL);
        }
    }

    /** One drain, which is written again and again; making drains allocates. */
    private ByteBuffer copy() {
        traffic.fill();
        int length = traffic.count() * TcpEventLayout.SIZE;
        ByteBuffer copy = ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
        copy.put(0, traffic.batch(), 0, length);
        return copy;
    }

    private static void write(JournalWriter writer, ByteBuffer drain, int times) {
        long lastNs = drain.getLong(drain.capacity() - TcpEventLayout.SIZE + TcpEventLayout.KTIME_NS);
        for (int i = 0; i < times; i++) {
            drain.clear();
            writer.batch(drain);
            writer.clock(lastNs, 0);
        }
    }
}
