package io.fintrail.lifecycle;

import io.fintrail.event.Session;
import io.fintrail.event.TcpState;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where reads are not traced (before 6.3), nothing tells that a half-close was passed on: which connections in CLOSE_WAIT may
 * wait for another one that their holder has shut since.
 */
final class UntracedLegs {
    /** A proxy takes no longer to pass a half-close on. */
    private static final long AT_ONCE_NS = 1_000_000_000L;

    /** When a process shut what it still holds. */
    private static final class Shut {
        private final TreeSet<Long> atNs = new TreeSet<>();
        private boolean atAnyTime;

        boolean isAfter(SocketLifecycle ended) {
            Long sinceNs = ended.standsSinceNs();
            if (atAnyTime || ended.sinceIsAtLeast || sinceNs == null) {
                return true;
            }
            Long next = atNs.ceiling(sinceNs);
            return next != null && next - sinceNs <= AT_ONCE_NS;
        }
    }

    private UntracedLegs() {}

    static void find(Collection<SocketLifecycle> stories, Session session) {
        if (session.sees("sock_recv_length")) {
            return;
        }
        Map<Integer, Shut> shutBy = new HashMap<>();
        for (SocketLifecycle story : stories) {
            Integer pid = pidOfUnpaired(story);
            if (pid != null && (story.state == TcpState.FIN_WAIT1 || story.state == TcpState.FIN_WAIT2)) {
                Shut shut = shutBy.computeIfAbsent(pid, p -> new Shut());
                Long sinceNs = story.standsSinceNs();
                if (story.sinceIsAtLeast || sinceNs == null) {
                    shut.atAnyTime = true;
                } else {
                    shut.atNs.add(sinceNs);
                }
            }
        }
        for (SocketLifecycle story : stories) {
            Integer pid = story.state == TcpState.CLOSE_WAIT ? pidOfUnpaired(story) : null;
            Shut shut = pid == null ? null : shutBy.get(pid);
            story.mayAwaitLeg = shut != null && shut.isAfter(story);
        }
    }

    /** Null where it is over, nobody is known to hold it, or its other leg is known. */
    private static @Nullable Integer pidOfUnpaired(SocketLifecycle story) {
        Holder holder = story.holder();
        boolean isUnpaired = !story.done && story.legs().isEmpty() && story.ownership() == Ownership.HELD;
        return holder == null || !isUnpaired ? null : Integer.valueOf(holder.pid());
    }
}
