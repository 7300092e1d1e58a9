package io.fintrail.capture;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * When the next look is due: at the start, at intervals, when somebody asks because events were lost, and at the end.
 * Asked by the snapshot thread, told by the draining one.
 */
final class SnapshotSchedule {
    enum Look {
        /** What is open and at ease, too. */
        EVERYTHING,
        /** The same, and what was said before of processes and namespaces is said again. */
        EVERYTHING_ANEW,
        /** What closes, has closed but is held, or only seems open. */
        CLOSING
    }

    /** Sockets at ease are looked at again after this; nothing but a lost event can have changed them unseen. */
    private static final long EVERYTHING_EVERY_NS = 60_000_000_000L;

    /** While events go on being lost, looking at everything all the time would lose more of them. */
    private static final long EVERYTHING_AT_MOST_NS = 2_000_000_000L;

    /** However long a look takes, the next one comes. */
    private static final long MOST_REST_NS = 300_000_000_000L;

    private final long everyNs;
    private final int rest;
    private final LongSupplier cpuNs;
    private long lastNs;
    private long lastCpuNs;
    private long restNs;
    private long lastEverythingNs;
    private boolean begun;
    private boolean asked;
    private boolean askedAnew;
    private boolean ending;
    private boolean ended;
    private boolean over;
    private @Nullable Throwable failure;
    private volatile boolean drained = true;
    private volatile @Nullable Thread drainer;

    /** @param everyNs 0: only at the start and at the end */
    SnapshotSchedule(long everyNs) {
        this(everyNs, 0, () -> 0);
    }

    /**
     * @param rest see {@link SnapshotPlan}
     * @param cpuNs processor time of the thread that looks, which is the one that calls {@link #next}
     */
    SnapshotSchedule(long everyNs, int rest, LongSupplier cpuNs) {
        this.everyNs = everyNs;
        this.rest = rest;
        this.cpuNs = cpuNs;
    }

    /** Waits for the next; null when there is none any more. */
    synchronized @Nullable Look next() {
        restNs = rest == 0 ? 0 : Math.min(rest * (cpuNs.getAsLong() - lastCpuNs), MOST_REST_NS);
        try {
            while (begun && !ending && System.nanoTime() < dueNs()) {
                wait(Math.max(1, (dueNs() - System.nanoTime()) / 1_000_000));
            }
        } catch (InterruptedException e) {
            ending = true;
            Thread.currentThread().interrupt();
        }
        if (ended) {
            return null;
        }
        ended = ending;
        long nowNs = System.nanoTime();
        boolean everything = !begun || asked || nowNs - lastEverythingNs >= EVERYTHING_EVERY_NS;
        begun = true;
        lastNs = nowNs;
        lastCpuNs = rest == 0 ? 0 : cpuNs.getAsLong();
        if (!everything) {
            return Look.CLOSING;
        }
        boolean anew = askedAnew;
        asked = false;
        askedAnew = false;
        lastEverythingNs = nowNs;
        return anew ? Look.EVERYTHING_ANEW : Look.EVERYTHING;
    }

    private long dueNs() {
        long regularNs = everyNs == 0 ? Long.MAX_VALUE : lastNs + Math.max(everyNs, restNs);
        return asked ? Math.min(regularNs, lastEverythingNs + EVERYTHING_AT_MOST_NS) : regularNs;
    }

    /** Something may have been missed: look at everything now. */
    synchronized void ask() {
        asked = true;
        notifyAll();
    }

    /** What was said before is gone: look at everything now, and describe it again. */
    synchronized void askAnew() {
        askedAnew = true;
        ask();
    }

    /** The last look is due; before the first, that one is the only one. */
    synchronized void end() {
        ending = true;
        notifyAll();
    }

    /** This look is the last. */
    synchronized boolean isEnding() {
        return ended;
    }

    /** @param failure why there will be no more looks; null at an orderly end */
    synchronized void over(@Nullable Throwable failure) {
        this.failure = failure;
        over = true;
    }

    synchronized @Nullable Throwable failure() {
        return failure;
    }

    /** No look is going on, and none will come. */
    synchronized boolean isOver() {
        return over;
    }

    /** @param drainer sleeps between drains */
    void drainedBy(Thread drainer) {
        this.drainer = drainer;
    }

    /** A look has filled half of a ring; what happens meanwhile should not have to find room in the other half alone. */
    void wakeDrainer() {
        LockSupport.unpark(drainer);
    }

    /** Nobody drains any more: waiting for room would be for ever. */
    void noLongerDrained() {
        drained = false;
    }

    boolean isDrained() {
        return drained;
    }
}
