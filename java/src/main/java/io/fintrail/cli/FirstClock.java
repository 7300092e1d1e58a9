package io.fintrail.cli;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TraceSink;

/** The wall-clock time at which a recording says to begin. */
final class FirstClock implements TraceSink {
    private boolean known;
    private long wallNs;

    boolean isKnown() {
        return known;
    }

    /** Nanoseconds since 1970; 0 when nothing has a time. */
    long wallNs() {
        return wallNs;
    }

    private void at(long wallNs) {
        if (!known) {
            this.wallNs = wallNs;
            known = true;
        }
    }

    @Override
    public void onSession(Session session) {
        if (session.beganNs() > 0) {
            at(session.beganNs() + session.wallOffsetNs());
        }
    }

    @Override
    public void onClock(long drainedToNs, long wallOffsetNs) {
        at(drainedToNs + wallOffsetNs);
    }

    @Override
    public void onEvent(TcpEvent event, long index) {}

    @Override
    public void onGap(Gap gap) {}

    @Override
    public void onNote(HostNote note) {}

    @Override
    public void onEnd(long ktimeNs) {}
}
