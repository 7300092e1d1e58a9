package io.fintrail.lifecycle;

import io.fintrail.event.Gap;
import io.fintrail.event.TcpEventKind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/** The gaps of a recording, the newest kept apart, the oldest folded into one wide one: never forgotten, bounded. */
public final class GapLog {
    private static final int MAX_GAPS = 4096;

    private final Deque<Gap> gaps = new ArrayDeque<>();
    private long lost;

    public void add(Gap gap) {
        lost += gap.lost();
        gaps.addLast(gap);
        if (gaps.size() > MAX_GAPS) {
            Gap first = gaps.removeFirst();
            Gap second = gaps.removeFirst();
            gaps.addFirst(new Gap(
                    first.fromNs(), second.toNs(), first.lost() + second.lost(), TcpEventKind.UNKNOWN, "several"));
        }
    }

    /** Another boot's time begins: these are over, and stay counted. */
    void forget() {
        gaps.clear();
    }

    long lost() {
        return lost;
    }

    /** Those that reach into a span, in the order in which the journal told of them. */
    public List<Gap> overlapping(long fromNs, long toNs) {
        return gaps.stream().filter(gap -> gap.overlaps(fromNs, toNs)).toList();
    }

    boolean mayHaveLost(TcpEventKind kind, long fromNs, long toNs) {
        Iterator<Gap> newestFirst = gaps.descendingIterator();
        while (newestFirst.hasNext()) {
            Gap gap = newestFirst.next();
            if (gap.toNs() < fromNs) {
                continue; // one that the journal told late may stand behind newer ones
            }
            if (gap.mayHaveLost(kind) && gap.overlaps(fromNs, toNs)) {
                return true;
            }
        }
        return false;
    }
}
