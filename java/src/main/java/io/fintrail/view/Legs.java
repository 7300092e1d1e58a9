package io.fintrail.view;

import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.HistoryFrom;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.List;

/** The connections of a story, front before back, and what marks the lines of each. */
record Legs(List<StoryLog> logs, List<String> marks) {
    static Legs of(ConnectionStory told) {
        StoryLog other = told.otherLeg();
        if (other == null) {
            return new Legs(List.of(told.log()), List.of(""));
        }
        if (connected(told.log().story()) == connected(other.story())) {
            return new Legs(List.of(told.log(), other), List.of("this", "other"));
        }
        return connected(other.story())
                ? new Legs(List.of(told.log(), other), List.of("front", "back"))
                : new Legs(List.of(other, told.log()), List.of("front", "back"));
    }

    /** A proxy accepts its front and connects its back; the birth tells, where it was seen. */
    private static boolean connected(SocketLifecycle story) {
        return story.historyFrom() == HistoryFrom.BIRTH
                && story.events().stream()
                        .anyMatch(e -> e.event().oldState() == TcpState.SYN_SENT
                                || e.event().newState() == TcpState.SYN_SENT);
    }

    boolean isPair() {
        return logs.size() == 2;
    }

    /** Ktime of the first thing known of any. */
    long firstNs() {
        return logs.stream().mapToLong(StoryLog::firstNs).min().orElseThrow();
    }
}
