package io.fintrail.cli;

/** From a moment to one that is not in it any more: wall clock, nanoseconds since 1970. */
record Span(long fromNs, long toNs) {
    static final Span ALL = new Span(Long.MIN_VALUE, Long.MAX_VALUE);

    boolean holds(long wallNs) {
        return wallNs >= fromNs && wallNs < toNs;
    }
}
