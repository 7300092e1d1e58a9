package io.fintrail.lifecycle;

import io.fintrail.event.HostNote;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What the threads of a process did between two looks: {@code count} there are, {@code looked} at, {@code ran} in
 * {@code spanNs}; how many in each state (the letters of proc_pid_stat(5)) and in each system call or wait channel.
 */
public record ThreadActivity(
        long atNs,
        int count,
        int looked,
        int ran,
        long spanNs,
        Map<String, Integer> states,
        Map<String, Integer> waits) {
    /** What can be said of the process as a whole. */
    public enum Kind {
        /** Every thread is stopped or in uninterruptible sleep, and none ran: it cannot act. */
        FROZEN,
        /** No thread ran, and none waits for input: it is busy waiting for something else. */
        BLOCKED,
        /** It runs, or waits for input as an event loop does. */
        ALIVE
    }

    private static final Set<String> UNABLE = Set.of("T", "t", "D", "Z", "X");
    private static final Set<String> FOR_INPUT = Set.of(
            "epoll_wait",
            "epoll_pwait",
            "epoll_pwait2",
            "poll",
            "ppoll",
            "select",
            "pselect6",
            "io_uring_enter",
            "accept",
            "accept4",
            "recvfrom",
            "recvmsg",
            "recvmmsg",
            "read");

    static ThreadActivity of(HostNote note) {
        return new ThreadActivity(
                note.ktimeNs(),
                (int) note.number("threads"),
                (int) note.number("looked"),
                (int) note.number("ran"),
                note.number("span"),
                counts(note.text("states")),
                counts(note.text("waits")));
    }

    private static Map<String, Integer> counts(String text) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (String word : text.split(",")) {
            int colon = word.lastIndexOf(':');
            if (colon > 0) {
                counts.put(word.substring(0, colon), Integer.valueOf(word.substring(colon + 1)));
            }
        }
        return Collections.unmodifiableMap(counts);
    }

    public Kind kind() {
        boolean noneCan = !states.isEmpty() && UNABLE.containsAll(states.keySet());
        if (noneCan && ran == 0 && looked == count) {
            return Kind.FROZEN;
        }
        return ran > 0 || waits.keySet().stream().anyMatch(FOR_INPUT::contains) ? Kind.ALIVE : Kind.BLOCKED;
    }
}
