package io.fintrail.journal;

import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** Another JVM that writes as fast as it can, and says after each drain up to which record it has put. */
final class CrashingWriter {
    private static final int SOCKETS = 5000;

    private CrashingWriter() {}

    /**
     * Records that follow from their number alone, {@code from} first: its ktime, and a socket whose numbers grow.
     */
    static ByteBuffer records(long from, int count) {
        ByteBuffer records =
                ByteBuffer.allocateDirect(count * TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
        for (int i = 0; i < count; i++) {
            fill(records, i * TcpEventLayout.SIZE, from + i);
        }
        return records;
    }

    private static void fill(ByteBuffer records, int at, long number) {
        records.putLong(at + TcpEventLayout.KTIME_NS, number);
        records.putLong(at + TcpEventLayout.COOKIE, 1 + number % SOCKETS);
        records.putLong(at + TcpEventLayout.SENT_BYTES, number / SOCKETS * 1460);
        records.putInt(at + TcpEventLayout.WRITE_SEQ, Long.hashCode(number * 0x9E3779B97F4A7C15L));
        records.put(at + TcpEventLayout.KIND, (byte) TcpEventKind.STATE.number());
    }

    public static void main(String[] args) {
        try (JournalWriter writer = JournalWriter.kept(Path.of(args[0]), Retention.FOREVER)) {
            writer.session(Recorded.session("run", args[1]));
            long next = 1;
            for (int drain = 0; ; drain++) {
                int count = 1 + drain * 37 % 300;
                writer.batch(records(next, count));
                writer.clock(next + count - 1, 0);
                next += count;
                System.out.println(next - 1);
                System.out.flush();
            }
        }
    }
}
