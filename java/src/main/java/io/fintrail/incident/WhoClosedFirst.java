package io.fintrail.incident;

import io.fintrail.event.TcpEvent;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.LinkedHashMap;
import java.util.Map;

/** Who closed first, as a count. */
final class WhoClosedFirst {
    private WhoClosedFirst() {}

    static Map<String, Integer> of(Pile pile) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        if (!pile.sessions.isEmpty()) {
            for (String who : new String[] {"backend", "proxy", "client", "unknown"}) {
                counts.put(who, 0);
            }
            pile.sessions.forEach(session -> counts.merge(of(session), 1, Integer::sum));
            return counts;
        }
        for (String who : new String[] {"local", "peer", "simultaneous", "unknown"}) {
            counts.put(who, 0);
        }
        pile.members.forEach(verdict -> counts.merge(of(verdict.story()), 1, Integer::sum));
        return counts;
    }

    private static String of(SocketLifecycle story) {
        return switch (story.closedFirst()) {
            case LOCAL -> "local";
            case PEER -> "peer";
            case SIMULTANEOUS -> "simultaneous";
            case NONE -> "unknown";
        };
    }

    private static String of(ProxiedSession session) {
        String other = session.clientClosedFirst() ? "client" : "backend";
        if (session.leg() == null) {
            // Whichever leg is the other one: it was shut after EOF was read here.
            return session.ended().possibleLegs().isEmpty() ? "unknown" : other;
        }
        Long ended = session.ended().peerFin().receivedAtNs();
        Long shut = session.shut().localFin().queuedAtNs();
        if (ended != null && shut != null) {
            return ended <= shut ? other : "proxy";
        }
        return endedBeforeShutWasAcknowledged(session) ? other : "unknown";
    }

    /**
     * Of sessions that stood before we came: the last that the ended leg heard came no later than what the shut leg heard
     * last, the acknowledgement of our FIN (tcp_ack sets rcv_tstamp). A proxy that shuts one leg and keeps the other open
     * has been told to by the other.
     */
    private static boolean endedBeforeShutWasAcknowledged(ProxiedSession session) {
        TcpEvent ended = session.ended().look();
        TcpEvent shut = session.shut().look();
        if (ended == null || shut == null) {
            return false;
        }
        long jiffyNs = session.shut().session().jiffyNs();
        long endedNs = ended.ktimeNs() - ended.ackReceivedJiffies() * jiffyNs;
        long shutNs = shut.ktimeNs() - shut.ackReceivedJiffies() * jiffyNs;
        return endedNs <= shutNs + 2 * jiffyNs;
    }
}
