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

    private final List<Drop> drops = new ArrayList<>();
    private @Nullable Long receivedAtNs;
    private @Nullable Boolean sentButLost;
    private boolean late;

    public @Nullable Long receivedAtNs() {
        return receivedAtNs;
    }

    /** Only the time-wait minisock received it: the application had closed before. */
    public boolean late() {
        return late;
    }

    public List<Drop> drops() {
        return Collections.unmodifiableList(drops);
    }

    /** True: the peer sent it and it never arrived. Null: cannot be told from here. */
    public @Nullable Boolean sentButLost() {
        if (receivedAtNs != null) {
            return false;
        }
        return drops.isEmpty() ? sentButLost : Boolean.TRUE;
    }

    void received(long atNs) {
        if (receivedAtNs == null) {
            receivedAtNs = atNs;
        }
    }

    void receivedLate(long atNs) {
        late = receivedAtNs == null;
        received(atNs);
    }

    void dropped(long atNs, String reason) {
        drops.add(new Drop(atNs, reason));
    }

    /** In FIN_WAIT2 a window update numbered one past rcv_nxt can only have come after the peer's FIN. */
    void observe(TcpEvent event) {
        if (event.hasSocketFacts() && !event.peerFinAccepted() && event.sndWl1() - event.rcvNxt() == 1) {
            sentButLost = true;
        }
    }
}
