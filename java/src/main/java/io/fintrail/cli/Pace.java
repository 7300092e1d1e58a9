package io.fintrail.cli;

import io.fintrail.event.ForwardingSink;
import io.fintrail.event.Session;
import io.fintrail.event.TraceSink;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Lets a recording pass no faster than it happened, times a factor. It holds back CLOCKs: every deadline fires on those, so
 * what is said comes when it would have come. Each run in a journal begins anew; the time between two is not waited for.
 */
final class Pace extends ForwardingSink {
    private static final long STEP_NS = 50_000_000;

    private final double factor;
    private final BooleanSupplier interrupted;
    private String run = "";
    private boolean begun;
    private long beganNs;
    private long ourNs;

    Pace(Speed speed, BooleanSupplier interrupted, TraceSink next) {
        super(next);
        this.factor = speed.factor();
        this.interrupted = interrupted;
    }

    @Override
    public void onSession(Session session) {
        if (!session.run().equals(run)) {
            run = session.run();
            begun = false;
        }
        next.onSession(session);
    }

    @Override
    public void onClock(long drainedToNs, long wallOffsetNs) {
        if (!begun) {
            begun = true;
            beganNs = drainedToNs;
            ourNs = System.nanoTime();
        }
        long dueNs = ourNs + (long) ((drainedToNs - beganNs) / factor);
        while (System.nanoTime() < dueNs && !interrupted.getAsBoolean()) {
            LockSupport.parkNanos(Math.min(STEP_NS, dueNs - System.nanoTime()));
        }
        next.onClock(drainedToNs, wallOffsetNs);
    }
}
