package io.fintrail.cli;

import io.fintrail.capture.ServiceManager;
import java.util.concurrent.TimeUnit;

/** Says that we are alive while both threads get on: the one that drains, by its clock, and the one that judges. */
final class Watchdog {
    /** The thread that drains says what time it is once a second. */
    private static final long DRAINS_AT_LEAST_NS = 5_000_000_000L;

    private final ServiceManager manager;
    private final long everyNs;
    private volatile long drainedNs = System.nanoTime();
    private long toldNs = System.nanoTime();

    Watchdog(ServiceManager manager) {
        this.manager = manager;
        everyNs = TimeUnit.MILLISECONDS.toNanos(manager.watchdogMs()) / 3;
    }

    /** On the thread that drains. */
    void drained() {
        drainedNs = System.nanoTime();
    }

    /** On the thread that judges, again and again. */
    void judged() {
        long nowNs = System.nanoTime();
        boolean drains = nowNs - drainedNs < Math.max(everyNs, DRAINS_AT_LEAST_NS);
        if (everyNs > 0 && drains && nowNs - toldNs >= everyNs) {
            toldNs = nowNs;
            manager.alive();
        }
    }
}
