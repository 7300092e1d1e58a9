package io.fintrail.lifecycle;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is due when, by event time; of equal times the one that was asked for first. Most of it is seconds ahead, for
 * stories that end at once: it does not keep them in memory, and it is not sorted.
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

    private record Deadline(long atNs, long order, Remembered remembered, Due due) {
        static int compare(Deadline one, Deadline other) {
            int byTime = Long.compare(one.atNs, other.atNs);
            return byTime != 0 ? byTime : Long.compare(one.order, other.order);
        }
    }

    /** By what is due: what is due for the same reason has been asked for the same time ahead, nearly always. */
    private final Map<Due, TimeQueue<Deadline>> byDue = new EnumMap<>(Due.class);

    private final List<TimeQueue<Deadline>> queues = new ArrayList<>();

    private @Nullable Deadline next;
    private long order;

    private final Met met;

    Deadlines(Met met) {
        this.met = met;
        for (Due due : Due.values()) {
            TimeQueue<Deadline> queue = new TimeQueue<>(Deadline::compare);
            byDue.put(due, queue);
            queues.add(queue);
        }
    }

    void at(long atNs, SocketLifecycle story, Due due) {
        Deadline deadline = new Deadline(atNs, order++, story.remembered, due);
        queue(due).add(deadline);
        next = earlier(next, deadline);
    }

    private TimeQueue<Deadline> queue(Due due) {
        return Objects.requireNonNull(byDue.get(due));
    }

    private static @Nullable Deadline earlier(@Nullable Deadline one, @Nullable Deadline other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return Deadline.compare(one, other) <= 0 ? one : other;
    }

    /** When the next is due; Long.MAX_VALUE when none is. */
    long nextNs() {
        return next == null ? Long.MAX_VALUE : next.atNs();
    }

    /** Told what is due. */
    interface Met {
        void meet(SocketLifecycle story, Due due);
    }

    /** Takes the next one out; a story that is forgotten had ended, and nothing was due for it. */
    void meetNext() {
        Deadline due = Objects.requireNonNull(next);
        queue(due.due()).poll();
        next = null;
        for (int i = 0; i < queues.size(); i++) {
            next = earlier(next, queues.get(i).peek());
        }
        SocketLifecycle story = due.remembered().story();
        if (story != null) {
            met.meet(story, due.due());
        }
    }

    void clear() {
        queues.forEach(TimeQueue::clear);
        next = null;
    }
}
