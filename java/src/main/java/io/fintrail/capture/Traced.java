package io.fintrail.capture;

/** Which tracepoints are attached; sockets are looked at in any case. */
public enum Traced {
    NOTHING,
    /** What closes are judged by. */
    CLOSES,
    /** Also each receive and send, for which two sockets belong to one proxied session. */
    CLOSES_AND_PAIRS;

    boolean includes(Tracepoint tracepoint) {
        return this == CLOSES_AND_PAIRS || (this == CLOSES && !tracepoint.servesPairs());
    }
}
