package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;

/** CLOCK_MONOTONIC, the clock of bpf_ktime_get_ns(). One thread. */
public final class MonotonicClock {
    private final Memory timespec = new Memory(16);

    public long nowNs() {
        LibC.clock_gettime(LibC.CLOCK_MONOTONIC, timespec);
        return timespec.getLong(0) * 1_000_000_000L + timespec.getLong(8);
    }
}
