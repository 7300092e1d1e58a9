package io.fintrail.view;

import io.fintrail.lifecycle.SocketLifecycle;

/** A service as labels and logs name it: the port that clients connect to here, or that we connect to elsewhere. */
final class ServiceName {
    private static final String TO = "to port ";
    private static final String OTHER = "other";

    /** As in bpf/ledger.bpf.h: nobody serves there. */
    private static final int FIRST_EPHEMERAL_PORT = 32_768;

    private ServiceName() {}

    static String of(SocketLifecycle story) {
        if (story.isAccepted()) {
            return Integer.toString(story.local().port());
        }
        int port = story.remote().port();
        return port >= FIRST_EPHEMERAL_PORT ? OTHER : TO + port;
    }

    /** @param counted as a CLOSES note has it: {@code :80}, {@code >80} or a word */
    static String of(String counted) {
        if (counted.startsWith(":")) {
            return counted.substring(1);
        }
        return counted.startsWith(">") ? TO + counted.substring(1) : counted;
    }
}
