package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;

/** CLOCK_MONOTONIC, the clock of bpf_ktime_get_ns(). One thread. */
public final class MonotonicClock {
    private final Memory timespec = new Memory(16);

    public long nowNs() {
        LibC.clock_gettime(LibC.CLOCK_MONOTONIC, timespec);
        return timespec.getLong(0) * 1_000_000_000L + timespec.getLong(8);
    }

    /** Jiffies per second (CONFIG_HZ): the coarse clock steps with them, whatever the real timers can. */
    public int hz() {
        if (LibC.clock_getres(LibC.CLOCK_MONOTONIC_COARSE, timespec) != 0 || timespec.getLong(8) < 1) {
            throw new BpfException("the kernel does not tell the resolution of its coarse clock", 0, "");
        }
        return (int) Math.round(1e9 / timespec.getLong(8));
    }
}
