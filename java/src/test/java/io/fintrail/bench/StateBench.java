package io.fintrail.bench;

import io.fintrail.capture.HostFacts;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import io.fintrail.event.TraceSink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.TreeMap;

/**
 * What so many tracked sockets hold: each was accepted, and half of them stand in CLOSE_WAIT. One line of JSON: bytes of the
 * heap that are left after a collection, and of the whole process.
 *
 * <pre>
 * java @java/jvm.args -Xmx1g -cp 'target/test-classes:target/classes:target/lib/*' io.fintrail.bench.StateBench SOCKETS
 * </pre>
 */
public final class StateBench {
    private static final long BETWEEN_NS = 1_000;
    private static final long START_NS = 1_000_000_000_000L;
    private static final int FIRST_PORT = 1_024;
    private static final int PORTS = 60_000;
    private static final int SERVICE = 9_000;

    private StateBench() {}

    public static void main(String[] args) {
        int sockets = Integer.parseInt(args[0]);
        Chain chain = new Chain(sockets);
        TraceSink sink = chain.sink();
        sink.onSession(new Session(new TreeMap<>()));
        long before = held();
        ByteBuffer record = ByteBuffer.allocateDirect(TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
        TcpEvent event = new TcpEvent();
        long index = 0;
        for (int i = 0; i < sockets; i++) {
            long atNs = START_NS + i * BETWEEN_NS;
            fill(record, i, atNs, TcpState.SYN_RECV, TcpState.ESTABLISHED);
            sink.onEvent(event.wrap(record, 0), ++index);
            if (i % 2 == 0) {
                fill(record, i, atNs + 1, TcpState.ESTABLISHED, TcpState.CLOSE_WAIT);
                sink.onEvent(event.wrap(record, 0), ++index);
            }
            sink.onClock(atNs + 2, 0);
        }
        long heap = held() - before;
        System.out.printf(
                "{\"type\":\"state\",\"sockets\":%d,\"heapPerSocket\":%d,\"heap\":%d,\"resident\":%d}%n",
                chain.tracker.tracked(), heap / sockets, heap, HostFacts.residentBytes());
    }

    private static void fill(ByteBuffer record, int number, long atNs, TcpState from, TcpState to) {
        record.putLong(TcpEventLayout.KTIME_NS, atNs);
        record.putLong(TcpEventLayout.COOKIE, 1L + number);
        record.put(TcpEventLayout.KIND, (byte) TcpEventKind.STATE.number());
        record.put(TcpEventLayout.OLD_STATE, (byte) from.number());
        record.put(TcpEventLayout.NEW_STATE, (byte) to.number());
        record.put(TcpEventLayout.FAMILY, (byte) 4);
        record.putShort(
                TcpEventLayout.FLAGS, (short) (TcpEventLayout.FLAG_FULL_SOCKET | TcpEventLayout.FLAG_HAS_SOCKET_FILE));
        record.putInt(TcpEventLayout.NETNS, (int) 4_026_531_840L);
        record.putShort(TcpEventLayout.LOCAL_PORT, (short) SERVICE);
        record.putShort(TcpEventLayout.REMOTE_PORT, (short) (FIRST_PORT + number % PORTS));
        for (int address : new int[] {TcpEventLayout.LOCAL_ADDRESS, TcpEventLayout.REMOTE_ADDRESS}) {
            record.putShort(address + 10, (short) -1);
            record.put(address + 12, (byte) 10);
        }
        record.put(TcpEventLayout.REMOTE_ADDRESS + 14, (byte) (number / PORTS));
    }

    /** Bytes of the heap that are in use, garbage aside. */
    private static long held() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
