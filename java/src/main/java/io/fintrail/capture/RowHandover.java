package io.fintrail.capture;

import io.fintrail.event.HostNote;
import io.fintrail.event.RecordSink;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Rows that the looking thread has read itself, on their way to the thread that drains: an appender belongs to one thread.
 * Bounded. Rows and events come by different ways, so a row may be older than an event that is in the journal already: of a
 * socket that changed its state since the dump began, the row is left out and counted, for its events tell more. A row is
 * given when the rings are drained up to it.
 *
 * <p>{@link #begin}, {@link #put} and {@link #end} are the looking thread's, everything else is the draining thread's.
 */
final class RowHandover {
    private static final int MOST_BATCHES = 16;
    private static final long WAIT_NS = 1_000_000;

    private record Batch(ByteBuffer rows, long begunNs, long readNs) {}

    private final BlockingQueue<Batch> finished = new ArrayBlockingQueue<>(MOST_BATCHES);
    private volatile boolean looking;

    private final ArrayDeque<Batch> taken = new ArrayDeque<>();
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private final LastMoves moves = new LastMoves();
    private long moved;

    /** Before the clock is read for the beginning of a dump: an event that is drained unwatched is older than that. */
    void begin() {
        looking = true;
    }

    /**
     * Waits while there is no room.
     *
     * @param rows whole records, sorted by ktime; given away
     * @param begunNs when the dump began that they are of
     * @param readNs by when the last of them was read
     * @param drained whether anybody still makes room
     */
    void put(ByteBuffer rows, long begunNs, long readNs, BooleanSupplier drained) {
        Batch batch = new Batch(rows, begunNs, readNs);
        while (!finished.offer(batch) && drained.getAsBoolean()) {
            LockSupport.parkNanos(WAIT_NS);
        }
    }

    void end() {
        looking = false;
    }

    /** Takes over what is finished by now: call it after the notes were taken that are about it. */
    void take() {
        finished.drainTo(taken);
    }

    /** Whether transitions have to be watched; ask when the extent of a drain is fixed, before its records are passed on. */
    boolean isLooking() {
        if (!looking && taken.isEmpty() && finished.isEmpty() && !moves.isEmpty()) {
            moves.clear();
        }
        return looking || !taken.isEmpty() || !finished.isEmpty();
    }

    /** Remembers the transitions among some records; moves no position. */
    void watch(ByteBuffer records) {
        for (int at = records.position(); at < records.limit(); at += TcpEventLayout.SIZE) {
            if (records.get(at + TcpEventLayout.KIND) == TcpEventLayout.KIND_STATE) {
                moves.moved(connection(records, at), records.getLong(at + TcpEventLayout.KTIME_NS));
            }
        }
    }

    /** Gives the rows that were read before {@code drainedToNs}. */
    void give(long drainedToNs, RecordSink sink) {
        while (!taken.isEmpty() && taken.getFirst().readNs <= drainedToNs) {
            Batch batch = taken.removeFirst();
            ByteBuffer rows = withoutMoved(batch);
            if (rows.hasRemaining()) {
                sink.batch(rows);
            }
        }
    }

    /** Whether no row is left that a note may be about. */
    boolean isGiven() {
        return taken.isEmpty();
    }

    private ByteBuffer withoutMoved(Batch batch) {
        ByteBuffer rows = batch.rows;
        int kept = rows.position();
        for (int at = rows.position(); at < rows.limit(); at += TcpEventLayout.SIZE) {
            if (moves.movedSince(connection(rows, at), batch.begunNs)) {
                moved++;
                continue;
            }
            rows.put(kept, rows, at, TcpEventLayout.SIZE);
            kept += TcpEventLayout.SIZE;
        }
        return rows.limit(kept);
    }

    /** The note as it is to be told: a SNAPSHOT says how many rows of it were left out. */
    HostNote told(HostNote note) {
        if (note.kind() != HostNote.Kind.SNAPSHOT || moved == 0) {
            return note;
        }
        SortedMap<String, String> fields = new TreeMap<>(note.fields());
        fields.put("moved", Long.toString(moved));
        moved = 0;
        return new HostNote(note.ktimeNs(), note.kind(), fields);
    }

    /** By its addresses: rows have cookies, and events may have none. Two that come to the same cost a row, no more. */
    private static long connection(ByteBuffer records, int at) {
        long sum = records.getInt(at + TcpEventLayout.NETNS);
        sum = 31 * sum + records.getShort(at + TcpEventLayout.LOCAL_PORT);
        sum = 31 * sum + records.getShort(at + TcpEventLayout.REMOTE_PORT);
        for (int word = 0; word < 16; word += Long.BYTES) {
            sum = MIX * sum + records.getLong(at + TcpEventLayout.LOCAL_ADDRESS + word);
            sum = MIX * sum + records.getLong(at + TcpEventLayout.REMOTE_ADDRESS + word);
        }
        return sum == 0 ? 1 : sum;
    }
}
