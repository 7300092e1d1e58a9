package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.lifecycle.GapLog;
import java.util.List;

/** What a story needs to know of the run of the recorder that it belongs to. Times are ktime in nanoseconds. */
public final class Recording {
    private final String run;
    private final GapLog gaps = new GapLog();
    private long beganNs;
    private long endNs;
    private long wallOffsetNs;

    public Recording(Session session) {
        run = session.run();
        beganNs = session.beganNs() == 0 ? Long.MAX_VALUE : session.beganNs();
        wallOffsetNs = session.wallOffsetNs();
    }

    public String run() {
        return run;
    }

    /** It goes on until then at least. */
    public void reached(long ktimeNs) {
        beganNs = Math.min(beganNs, ktimeNs);
        endNs = Math.max(endNs, ktimeNs);
    }

    public void wallOffset(long wallOffsetNs) {
        this.wallOffsetNs = wallOffsetNs;
    }

    public void lost(Gap gap) {
        gaps.add(gap);
    }

    public long beganNs() {
        return beganNs;
    }

    public long endNs() {
        return endNs;
    }

    /** Wall clock minus ktime, as of its newest word. */
    public long wallOffsetNs() {
        return wallOffsetNs;
    }

    List<Gap> gaps(long fromNs, long toNs) {
        return gaps.overlapping(fromNs, toNs);
    }
}
