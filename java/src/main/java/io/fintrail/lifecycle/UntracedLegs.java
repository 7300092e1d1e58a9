package io.fintrail.lifecycle;

import io.fintrail.event.Session;
import io.fintrail.event.TcpState;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Where reads are not traced (before 6.3, and in a mere look), nothing tells that a half-close was passed on: which
 * connections in CLOSE_WAIT may wait for another one that their holder has shut.
 */
final class UntracedLegs {
    private static final int NOBODY_KNOWN = 0;

    /** When a process shut what it still holds. */
    private static final class Shut {
        private final TreeSet<Long> atNs = new TreeSet<>();
        private boolean atAnyTime;

        void add(SocketLifecycle story) {
            Long shutNs = story.localFin().queuedAtNs();
            if (shutNs == null) {
                atAnyTime = true;
            } else {
                atNs.add(shutNs);
            }
        }

        boolean mayAnswer(SocketLifecycle ended) {
            if (atAnyTime || (ended.sinceIsAtLeast && !atNs.isEmpty())) {
                return true;
            }
            Long next = atNs.ceiling(ended.sinceNs);
            return next != null && next - ended.sinceNs <= LatePairs.MOST_DELAY_NS;
        }
    }

    private UntracedLegs() {}

    static void find(Collection<SocketLifecycle> stories, Session session) {
        if (session.sees("sock_recv_length")) {
            return;
        }
        Shut byAnybody = new Shut();
        Map<Integer, Shut> byHolder = new HashMap<>();
        for (SocketLifecycle story : stories) {
            boolean isShut = story.state == TcpState.FIN_WAIT1 || story.state == TcpState.FIN_WAIT2;
            if (isShut && isUnpaired(story)) {
                byAnybody.add(story);
                byHolder.computeIfAbsent(pid(story), pid -> new Shut()).add(story);
            }
        }
        for (SocketLifecycle story : stories) {
            if (story.state == TcpState.CLOSE_WAIT) {
                int pid = pid(story);
                Shut shut = pid == NOBODY_KNOWN ? byAnybody : byHolder.get(pid);
                story.mayAwaitLeg = shut != null && isUnpaired(story) && shut.mayAnswer(story);
            }
        }
    }

    private static boolean isUnpaired(SocketLifecycle story) {
        return !story.done && story.legs().isEmpty() && story.ownership() == Ownership.HELD;
    }

    /** Of an accepted one, before 5.11, nobody is known to hold it. */
    private static int pid(SocketLifecycle story) {
        Holder holder = story.holder();
        return holder == null ? NOBODY_KNOWN : holder.pid();
    }
}
