package io.fintrail.bench;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TraceSink;
import io.fintrail.journal.TrailReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/**
 * Endless traffic, in order of time and in batches, as a journal holds it: both ends of one connection after the other,
 * each as its trail in src/test/resources/bench says, with cookies, ports and times of its own. One in 100 is broken.
 * Every connection's n-th event is a row of its own in time, so merging these rows needs no memory of connections.
 */
final class Traffic {
    /** Connections last a second: 2000 of them are open at any time. */
    static final long BETWEEN_CONNECTIONS_NS = 500_000;

    static final long MOST_IN_BATCH_NS = 2_000_000;
    static final int MOST_IN_BATCH = 60;

    private static final int ONE_BROKEN_OF = 100;
    private static final int[] SOCKET_NUMBERS = {
        TcpEventLayout.WRITE_SEQ,
        TcpEventLayout.SND_UNA,
        TcpEventLayout.SND_NXT,
        TcpEventLayout.SND_WL1,
        TcpEventLayout.RCV_NXT,
        TcpEventLayout.COPIED_SEQ
    };
    private static final int[] SEGMENT_NUMBERS = {
        TcpEventLayout.SEGMENT_SEQ, TcpEventLayout.SEGMENT_END_SEQ, TcpEventLayout.SEGMENT_ACK
    };
    private static final int SERVER_PORT = 9000;
    private static final int FIRST_PORT = 10_000;
    private static final int PORTS = 50_000;

    /** Not the trails' own, so that no byte of theirs is mistaken for it. */
    static final long START_NS = 1_000_000_000_000L;

    /** The n-th event of all connections of one trail; {@code connection} is whose is next. */
    private static final class Row {
        final byte[] record;
        final long offsetNs;
        final boolean local;
        final LongPredicate takes;
        long connection;

        Row(TcpEvent event, LongPredicate takes) {
            ByteBuffer bytes = ByteBuffer.allocate(TcpEventLayout.SIZE);
            event.copyTo(bytes);
            record = bytes.array();
            offsetNs = event.ktimeNs();
            local = event.localPort() != SERVER_PORT;
            this.takes = takes;
            next();
        }

        long atNs() {
            return START_NS + connection * BETWEEN_CONNECTIONS_NS + offsetNs;
        }

        void next() {
            do {
                connection++;
            } while (!takes.test(connection));
        }
    }

    private final PriorityQueue<Row> rows = new PriorityQueue<>(Comparator.comparingLong(Row::atNs));
    private final ByteBuffer batch =
            ByteBuffer.allocateDirect(MOST_IN_BATCH * TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
    private Session session = new Session(new TreeMap<>());
    private int count;
    private long lastNs;

    Traffic() {
        add("clean", n -> n % 2 != 0);
        add("clean-slow", n -> n % 2 == 0 && n % ONE_BROKEN_OF != 0);
        add("held-open", n -> n % (2 * ONE_BROKEN_OF) == 0);
        add("aborted", n -> n % (2 * ONE_BROKEN_OF) == ONE_BROKEN_OF);
    }

    private void add(String trail, LongPredicate takes) {
        List<Row> added = new ArrayList<>();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(Traffic.class.getResourceAsStream("/bench/" + trail + ".trail")),
                StandardCharsets.UTF_8))) {
            TrailReader.read(in, new Collector(event -> added.add(new Row(event, takes))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        rows.addAll(added);
    }

    /** What the trails' reasons are called. */
    Session session() {
        return session;
    }

    /** Makes the next batch; its records stand in {@link #batch} until the next call. */
    void fill() {
        count = 0;
        long endNs = Objects.requireNonNull(rows.peek()).atNs() + MOST_IN_BATCH_NS;
        while (count < MOST_IN_BATCH && Objects.requireNonNull(rows.peek()).atNs() < endNs) {
            Row row = rows.remove();
            lastNs = row.atNs();
            put(row, count * TcpEventLayout.SIZE);
            row.next();
            rows.add(row);
            count++;
        }
    }

    private void put(Row row, int at) {
        batch.put(at, row.record);
        batch.putLong(at + TcpEventLayout.KTIME_NS, row.atNs());
        batch.putLong(at + TcpEventLayout.COOKIE, 2 * row.connection + (row.local ? 1 : 2));
        int clientPort = row.local ? TcpEventLayout.LOCAL_PORT : TcpEventLayout.REMOTE_PORT;
        int clientAddress = row.local ? TcpEventLayout.LOCAL_ADDRESS : TcpEventLayout.REMOTE_ADDRESS;
        batch.putShort(at + clientPort, (short) (FIRST_PORT + row.connection % PORTS));
        batch.put(at + clientAddress + 14, (byte) (row.connection / PORTS));
        shiftSequence(at, (int) (row.connection * 0x9E3779B1L));
    }

    /** Each connection begins at numbers of its own; what is compared is differences. */
    private void shiftSequence(int at, int by) {
        boolean full = (batch.getShort(at + TcpEventLayout.FLAGS) & TcpEventLayout.FLAG_FULL_SOCKET) != 0;
        boolean segment = (batch.getShort(at + TcpEventLayout.FLAGS) & TcpEventLayout.FLAG_HAS_SEGMENT) != 0;
        if (full) {
            shift(at, by, SOCKET_NUMBERS);
        }
        if (segment) {
            shift(at, by, SEGMENT_NUMBERS);
        }
    }

    private void shift(int at, int by, int[] numbers) {
        for (int number : numbers) {
            batch.putInt(at + number, batch.getInt(at + number) + by);
        }
    }

    ByteBuffer batch() {
        return batch;
    }

    int count() {
        return count;
    }

    /** When the last event of the batch was. */
    long lastNs() {
        return lastNs;
    }

    private final class Collector implements TraceSink {
        private final Consumer<TcpEvent> events;

        Collector(Consumer<TcpEvent> events) {
            this.events = events;
        }

        @Override
        public void onSession(Session given) {
            session = given;
        }

        @Override
        public void onEvent(TcpEvent event, long index) {
            events.accept(event);
        }

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
