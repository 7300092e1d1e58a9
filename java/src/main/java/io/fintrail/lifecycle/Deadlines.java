package io.fintrail.lifecycle;

import java.lang.ref.WeakReference;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is due when, by event time; of equal times the one that was asked for first. A {@link Due#STUCK} seconds ahead
 * does not keep a story alive that has ended: at 10,000 closes a second those are most of what a collection would copy.
 */
final class Deadlines {
    /** What to do when the time has come. */
    enum Due {
        /** The neighbours of a CLOSE are in. */
        HOLD,
        /** A FIN_WAIT2 minisock has expired. */
        MINISOCK,
        /** Half-closed for longer than stuck-after. */
        STUCK,
        /** A standing story had an event, and time to settle. */
        LOOK_AGAIN,
        /** Nothing can come for it any more. */
        FORGET
    }

    private record Deadline(long atNs, long order, Supplier<@Nullable SocketLifecycle> story, Due due) {}

    private final PriorityQueue<Deadline> queue =
            new PriorityQueue<>(Comparator.comparingLong(Deadline::atNs).thenComparingLong(Deadline::order));
    private long order;

    void at(long atNs, SocketLifecycle story, Due due) {
        queue.add(new Deadline(atNs, order++, due == Due.STUCK ? new WeakReference<>(story)::get : () -> story, due));
    }

    /** When the next is due; Long.MAX_VALUE when none is. */
    long nextNs() {
        Deadline next = queue.peek();
        return next == null ? Long.MAX_VALUE : next.atNs();
    }

    /** Told what is due. */
    interface Met {
        void meet(SocketLifecycle story, Due due);
    }

    /** Takes the next one out; a story that is gone had ended, and nothing was due for it. */
    void meetNext(Met met) {
        Deadline next = queue.remove();
        SocketLifecycle story = next.story().get();
        if (story != null) {
            met.meet(story, next.due());
        }
    }

    void clear() {
        queue.clear();
    }
}
