package io.fintrail.lifecycle;

import io.fintrail.event.TcpEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Segments of an audit that no socket was attached to, and of whose connection nothing was told yet: if it is broken, its
 * story comes later. Bounded in number and age.
 */
final class Strays {
    private static final int MOST = 4096;
    private static final long KEPT_NS = 600_000_000_000L;

    private final Deque<Evidence> strays = new ArrayDeque<>();

    /** Gives back the one that has to be forgotten for it, before its time; null where there is room. */
    @Nullable
    Evidence add(Evidence evidence, long nowNs) {
        while (!strays.isEmpty() && nowNs - strays.getFirst().atNs() > KEPT_NS) {
            strays.removeFirst();
        }
        strays.addLast(evidence);
        return strays.size() > MOST ? strays.removeFirst() : null;
    }

    /** Those with the addresses of that story, in their order; they are its own from now on. */
    List<Evidence> claim(SocketLifecycle story, long nowNs) {
        if (strays.isEmpty()) {
            return List.of();
        }
        List<Evidence> claimed = new ArrayList<>();
        Iterator<Evidence> each = strays.iterator();
        while (each.hasNext()) {
            Evidence stray = each.next();
            if (nowNs - stray.atNs() > KEPT_NS) {
                each.remove();
            } else if (isOf(story, stray.event())) {
                claimed.add(stray);
                each.remove();
            }
        }
        return claimed;
    }

    private static boolean isOf(SocketLifecycle story, TcpEvent event) {
        boolean received = event.local().equals(story.local()) && event.remote().equals(story.remote());
        boolean sent = event.remote().equals(story.local()) && event.local().equals(story.remote());
        return event.netns() == story.netns() && (received || sent);
    }

    void clear() {
        strays.clear();
    }
}
