package io.fintrail.incident;

import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpState;
import io.fintrail.incident.Incident.FinFate;
import io.fintrail.lifecycle.HistoryFrom;
import io.fintrail.lifecycle.PeerFin;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What became of the FINs that peers owe. */
final class Fates {
    static final FinFate NONE = new FinFate(0, 0, 0, 0, 0, 0, Map.of());

    private Fates() {}

    static FinFate of(Pile pile) {
        int lost = 0;
        int unsent = 0;
        int unwatched = 0;
        int neverSent = 0;
        int dropped = 0;
        int unknown = 0;
        Map<String, Integer> droppedBy = new TreeMap<>();
        for (SocketLifecycle story : pile.awaiting()) {
            if (story.peerFin().isReceived()) {
                continue; // none is owed
            }
            List<PeerFin.Drop> drops = story.peerFin().drops();
            Boolean sent = sent(story);
            if (!drops.isEmpty()) {
                dropped++;
                droppedBy.merge(drops.get(0).reason(), 1, Integer::sum);
            } else if (standsUnsent(story)) {
                unsent++;
            } else if (sent == null) {
                unknown++;
            } else if (sent) {
                lost++;
                unwatched += wasWatched(story, pile.nowNs) ? 0 : 1;
            } else {
                neverSent++;
            }
        }
        return new FinFate(lost, unwatched, neverSent, unsent, dropped, unknown, droppedBy);
    }

    /** The other side has asked for it, and it waits there behind data that we do not take. */
    private static boolean standsUnsent(SocketLifecycle story) {
        SocketLifecycle peer = story.otherEnd();
        return peer != null
                && peer.localFin().queuedAtNs() != null
                && peer.localFin().sentAtNs() == null
                && peer.localFin().retransmits().isEmpty();
    }

    /** A copy of it was sent while drops on this host were seen, too. */
    private static boolean wasWatched(SocketLifecycle story, long nowNs) {
        SocketLifecycle peer = story.otherEnd();
        boolean copySeen = peer == null
                ? story.historyFrom() == HistoryFrom.BIRTH
                : peer.localFin().queuedAtNs() != null
                        || !peer.localFin().retransmits().isEmpty();
        return copySeen
                && story.session().sees("kfree_skb")
                && story.session().namesReceivingSocket()
                && !story.mayHaveMissed(TcpEventKind.SEGMENT_FREED, story.sinceNs(), nowNs);
    }

    /** By the peer's own socket where the journal has that, else by what its segments gave away; null: cannot be told. */
    private static @Nullable Boolean sent(SocketLifecycle story) {
        SocketLifecycle peer = story.otherEnd();
        if (peer == null) {
            return Boolean.TRUE.equals(story.peerFin().sentButLost()) ? Boolean.TRUE : null;
        }
        if (peer.localFin().isQueued()) {
            return true;
        }
        boolean open = peer.state() == TcpState.CLOSE_WAIT || peer.state() == TcpState.ESTABLISHED;
        return open ? Boolean.FALSE : null;
    }
}
