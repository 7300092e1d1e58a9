package io.fintrail.bench;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TraceSink;
import io.fintrail.journal.JournalWriter;
import io.fintrail.journal.Retention;
import io.fintrail.journal.TrailReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * The pile of tools/examples/haproxy-incident.trail, as large as is wanted: one of its pairs again and again, 50 us apart,
 * each with cookies, ports and descriptors of its own.
 */
public final class Pile {
    private static final long BETWEEN_PAIRS_NS = 50_000;
    private static final long FRONT = 11_834_215;
    private static final long BACK = 11_834_216;
    private static final long FIRST_COOKIE = 20_000_000;
    private static final int FIRST_PORT = 1_024;
    private static final int PORTS = 60_000;
    private static final int MOST_IN_BATCH = 60;

    /** One event of the pair, for each of the pile's pairs in turn. */
    private static final class Row {
        private final byte[] record;
        private final long firstNs;
        private final boolean front;
        private int pair;

        Row(TcpEvent event) {
            ByteBuffer bytes = ByteBuffer.allocate(TcpEventLayout.SIZE);
            event.copyTo(bytes);
            record = bytes.array();
            firstNs = event.ktimeNs();
            front = event.cookie() == FRONT;
        }

        long atNs() {
            return firstNs + pair * BETWEEN_PAIRS_NS;
        }

        void put(ByteBuffer batch, int at) {
            int port = FIRST_PORT + pair % PORTS;
            batch.put(at, record);
            batch.putLong(at + TcpEventLayout.KTIME_NS, atNs());
            batch.putLong(at + TcpEventLayout.COOKIE, FIRST_COOKIE + 2L * pair + (front ? 0 : 1));
            int field = at + (front ? TcpEventLayout.REMOTE_PORT : TcpEventLayout.LOCAL_PORT);
            if (batch.getShort(field) != 0) {
                batch.putShort(field, (short) port);
            }
        }
    }

    private final PriorityQueue<Row> rows = new PriorityQueue<>(Comparator.comparingLong(Row::atNs));
    private final List<HostNote> notes = new ArrayList<>();
    private final int pairs;
    private final ByteBuffer batch =
            ByteBuffer.allocateDirect(MOST_IN_BATCH * TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
    private Session session = new Session(new TreeMap<>());
    private long wallOffsetNs;
    private long endNs;

    private Pile(Path trail, int pairs) throws IOException {
        this.pairs = pairs;
        try (BufferedReader in = Files.newBufferedReader(trail)) {
            TrailReader.read(in, new Collector());
        }
    }

    /** Writes a journal of that many pairs to a directory that need not be there. */
    public static void write(Path directory, int pairs) throws IOException {
        Path trail = Path.of(System.getProperty("fintrail.home", "."), "tools/examples/haproxy-incident.trail");
        new Pile(trail, pairs).write(directory);
    }

    private void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (JournalWriter writer = JournalWriter.kept(directory, Retention.FOREVER)) {
            writer.session(session.with("layout", TcpEventLayout.FINGERPRINT)
                    .with("format", Integer.toString(Session.FORMAT))
                    .with("began-ns", Long.toString(notes.get(0).ktimeNs())));
            long lastNs = 0;
            while (!rows.isEmpty()) {
                lastNs = fill();
                notesUntil(writer, Math.min(lastNs, batch.getLong(TcpEventLayout.KTIME_NS)));
                writer.batch(batch);
                batch.clear();
                writer.clock(lastNs, wallOffsetNs);
            }
            notesUntil(writer, Long.MAX_VALUE);
            writer.clock(Math.max(lastNs, endNs), wallOffsetNs);
            writer.end(Math.max(lastNs, endNs));
        }
    }

    private void notesUntil(JournalWriter writer, long untilNs) {
        while (!notes.isEmpty() && notes.get(0).ktimeNs() <= untilNs) {
            writer.note(notes.remove(0));
        }
    }

    private long fill() {
        int count = 0;
        long lastNs = 0;
        while (count < MOST_IN_BATCH && !rows.isEmpty()) {
            Row row = rows.remove();
            lastNs = row.atNs();
            row.put(batch, count++ * TcpEventLayout.SIZE);
            row.pair++;
            if (row.pair < pairs) {
                rows.add(row);
            }
        }
        batch.limit(count * TcpEventLayout.SIZE);
        return lastNs;
    }

    /** Takes one pair's events, and what was read of the host; a look at so many takes longer. */
    private final class Collector implements TraceSink {
        @Override
        public void onSession(Session given) {
            session = given;
        }

        @Override
        public void onEvent(TcpEvent event, long index) {
            if (event.cookie() == FRONT || event.cookie() == BACK) {
                rows.add(new Row(event));
            }
        }

        @Override
        public void onClock(long drainedToNs, long offsetNs) {
            wallOffsetNs = offsetNs;
        }

        @Override
        public void onGap(Gap gap) {}

        @Override
        public void onNote(HostNote note) {
            boolean first = notes.size() < 2;
            long laterNs = first ? 0 : pairs * BETWEEN_PAIRS_NS;
            TreeMap<String, String> fields = new TreeMap<>(note.fields());
            fields.computeIfPresent("to", (name, ns) -> Long.toString(Long.parseLong(ns) + laterNs));
            notes.add(new HostNote(note.ktimeNs() + laterNs, note.kind(), fields));
        }

        @Override
        public void onEnd(long ktimeNs) {
            endNs = ktimeNs + pairs * BETWEEN_PAIRS_NS;
        }
    }

    /** {@code java … io.fintrail.bench.Pile DIRECTORY PAIRS}. */
    public static void main(String[] args) throws IOException {
        write(Path.of(args[0]), Integer.parseInt(args[1]));
    }
}
