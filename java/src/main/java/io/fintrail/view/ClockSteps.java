package io.fintrail.view;

import io.fintrail.event.ForwardingSink;
import io.fintrail.event.Session;
import io.fintrail.event.TraceSink;

/**
 * Tells a view when somebody set the wall clock of the traced host, then passes everything on. Times are read from ktime,
 * which never steps, but printed as wall-clock times: what is printed after a step does not follow on what was before.
 */
public final class ClockSteps extends ForwardingSink {
    /** More than a clock that is slewed (at most 500 ppm) drifts between two CLOCKs, with what reading two clocks costs. */
    private static final long STEP_NS = 10_000_000;

    private final View view;
    private String run = "";
    private boolean known;
    private long offsetNs;

    public ClockSteps(View view, TraceSink next) {
        super(next);
        this.view = view;
    }

    @Override
    public void onSession(Session session) {
        if (!session.run().equals(run)) {
            run = session.run();
            known = false;
        }
        next.onSession(session);
    }

    @Override
    public void onClock(long drainedToNs, long wallOffsetNs) {
        long byNs = wallOffsetNs - offsetNs;
        if (known && Math.abs(byNs) >= STEP_NS) {
            view.onClockStep(drainedToNs, byNs);
        }
        known = true;
        offsetNs = wallOffsetNs;
        next.onClock(drainedToNs, wallOffsetNs);
    }
}
