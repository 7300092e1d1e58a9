package io.fintrail.capture;

/** Which tracepoints are attached; sockets are looked at in any case. */
public enum Traced {
    NOTHING,
    /** What closes are judged by. */
    CLOSES,
    /** Also each receive and send, for which two sockets belong to one proxied session. */
    CLOSES_AND_PAIRS,
    /** As {@link #CLOSES}, but what proves itself clean is counted in the kernel and not told (bpf/ledger.bpf.h). */
    BROKEN_CLOSES;

    boolean includes(Tracepoint tracepoint) {
        return this == CLOSES_AND_PAIRS || (this != NOTHING && !tracepoint.servesPairs());
    }

    Tempo tempo() {
        return this == BROKEN_CLOSES ? Tempo.CALM : Tempo.BRISK;
    }

    /** The name of that tracepoint's program. */
    String program(Tracepoint tracepoint) {
        return (this == BROKEN_CLOSES ? "audit_" : "on_") + tracepoint.kernelName();
    }

    /** The one behind it, where it has one. */
    String standIn(Tracepoint tracepoint) {
        return "instead_" + program(tracepoint);
    }
}
