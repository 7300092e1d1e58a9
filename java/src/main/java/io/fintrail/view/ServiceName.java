package io.fintrail.view;

import io.fintrail.lifecycle.SocketLifecycle;

/** A service as labels and logs name it: the port that clients connect to here, or that we connect to elsewhere. */
final class ServiceName {
    private static final String TO = "to port ";

    private ServiceName() {}

    static String of(SocketLifecycle story) {
        return story.isAccepted()
                ? Integer.toString(story.local().port())
                : TO + story.remote().port();
    }

    /** @param counted as a CLOSES note has it: {@code :80}, {@code >80} or a word */
    static String of(String counted) {
        if (counted.startsWith(":")) {
            return counted.substring(1);
        }
        return counted.startsWith(">") ? TO + counted.substring(1) : counted;
    }
}
