package io.fintrail.view;

import io.fintrail.event.TcpEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to say of a time without events: data is not traced, but the sockets' counters before and after tell whether some
 * went through.
 */
final class Quiet {
    static final long WORTH_SAYING_NS = 1_000_000_000L;

    private final List<String> marks;
    private final @Nullable TcpEvent[] counters;
    private final String[] turns;

    /** @param marks what stands before each leg's lines; one empty mark for a connection alone */
    Quiet(List<String> marks) {
        this.marks = marks;
        counters = new TcpEvent[marks.size()];
        turns = new String[marks.size()];
        java.util.Arrays.fill(turns, Turn.NOBODYS);
    }

    void after(StoryLine line) {
        turns[line.leg()] = line.turn();
        if (line.facts() != null) {
            counters[line.leg()] = line.facts();
        }
    }

    /** @param next the first line of each leg after it that has counters */
    String says(long ns, List<@Nullable TcpEvent> next) {
        List<String> moved = new ArrayList<>();
        for (int leg = 0; leg < marks.size(); leg++) {
            String bytes = moved(counters[leg], next.get(leg));
            if (!bytes.isEmpty()) {
                moved.add(of(leg) + bytes);
            }
        }
        String whose = turn();
        String how = !moved.isEmpty()
                ? String.join("; ", moved)
                : whose.isEmpty() && !isOver() ? "no close is under way" : "silence";
        return WallClock.duration(ns) + ": " + how + (whose.isEmpty() ? "" : "; " + whose);
    }

    private String of(int leg) {
        return marks.get(leg).isEmpty() ? "" : marks.get(leg) + " ";
    }

    /** Whose turn it is now; a leg that waits to be closed waits for the other one, where that is not closed yet. */
    String turn() {
        boolean otherIsAwaited = false;
        for (String turn : turns) {
            otherIsAwaited |= awaits(turn) && !turn.equals(Turn.OUR_CLOSE);
        }
        List<String> said = new ArrayList<>();
        for (int leg = 0; leg < turns.length; leg++) {
            boolean waitsForOther = otherIsAwaited && turns[leg].equals(Turn.OUR_CLOSE);
            if (awaits(turns[leg]) && !waitsForOther) {
                said.add((marks.size() == 1 ? "" : "on " + of(leg)) + turns[leg]);
            }
        }
        return String.join("; ", said);
    }

    private static boolean awaits(String turn) {
        return !turn.equals(Turn.NOBODYS) && !turn.equals(Turn.OVER);
    }

    private boolean isOver() {
        return List.of(turns).contains(Turn.OVER);
    }

    private static String moved(@Nullable TcpEvent from, @Nullable TcpEvent to) {
        if (from == null || to == null) {
            return "";
        }
        // Both count FINs, and bytes sent a SYN: a difference of one is none.
        long fins = to.peerFinAccepted() && !from.peerFinAccepted() ? 1 : 0;
        long received = to.receivedBytes() - from.receivedBytes() - fins;
        long sent = to.sentBytes() - from.sentBytes();
        List<String> parts = new ArrayList<>();
        if (sent > 1) {
            parts.add(sent + " bytes sent");
        }
        if (received > 1) {
            parts.add(received + (parts.isEmpty() ? " bytes received" : " received"));
        }
        return String.join(", ", parts);
    }
}
