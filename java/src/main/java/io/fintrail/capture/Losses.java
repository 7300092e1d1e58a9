package io.fintrail.capture;

import io.fintrail.event.RecordSink;

/** Counts what the kernel could not deliver. One thread. */
interface Losses {
    /** @return whether anything was lost since the last look, which {@code sink} is then told */
    boolean look(long nowNs, RecordSink sink);
}
