package io.fintrail.lifecycle;

import io.fintrail.event.TcpEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of the peer's FIN, as far as this host can know. Times are ktime in nanoseconds. */
public final class PeerFin {
    /** A copy of it that reached this host and was dropped. */
    public record Drop(long atNs, String reason) {}

    private static final int MAX_DROPS = 64;

    /** Made when there is one: hardly a connection has any. */
    private List<Drop> drops = List.of();

    private long dropCount;
    private @Nullable Long receivedAtNs;
    private @Nullable Boolean sentButLost;
    private boolean late;
    private boolean metReceived;

    public @Nullable Long receivedAtNs() {
        return receivedAtNs;
    }

    /** It was accepted, whenever that was. */
    public boolean isReceived() {
        return receivedAtNs != null || metReceived;
    }

    /** Only the time-wait minisock received it: the application had closed before. */
    public boolean late() {
        return late;
    }

    /** How many copies were dropped; of more than {@value #MAX_DROPS} the first are kept. */
    public long dropCount() {
        return dropCount;
    }

    public List<Drop> drops() {
        return drops.isEmpty() ? List.of() : Collections.unmodifiableList(drops);
    }

    /** True: the peer sent it and it never arrived. Null: cannot be told from here. */
    public @Nullable Boolean sentButLost() {
        if (isReceived()) {
            return false;
        }
        return drops.isEmpty() ? sentButLost : Boolean.TRUE;
    }

    void received(long atNs) {
        if (receivedAtNs == null) {
            receivedAtNs = atNs;
        }
    }

    /** The socket was met with the peer's FIN accepted. */
    void met() {
        metReceived = true;
    }

    void receivedLate(long atNs) {
        late = !isReceived();
        received(atNs);
    }

    void dropped(long atNs, String reason) {
        dropCount++;
        if (drops.size() < MAX_DROPS) {
            drops = drops.isEmpty() ? new ArrayList<>() : drops;
            drops.add(new Drop(atNs, reason));
        }
    }

    /**
     * In FIN_WAIT2 a window update numbered one past rcv_nxt comes after the peer's FIN (or, rarely, after a single lost
     * byte; a later event with more received takes it back).
     */
    void observe(TcpEvent event) {
        if (!event.hasSequenceNumbers() || event.peerFinAccepted()) {
            return;
        }
        int ahead = event.sndWl1() - event.rcvNxt();
        if (ahead == 1) {
            sentButLost = true;
        } else if (ahead <= 0) {
            sentButLost = null;
        }
    }
}
