package io.fintrail.event;

/** Passes everything on as it is; whoever wants to see some of it overrides that. */
public abstract class ForwardingSink implements TraceSink {
    protected final TraceSink next;

    protected ForwardingSink(TraceSink next) {
        this.next = next;
    }

    @Override
    public void onSession(Session session) {
        next.onSession(session);
    }

    @Override
    public void onEvent(TcpEvent event, long index) {
        next.onEvent(event, index);
    }

    @Override
    public void onClock(long drainedToNs, long wallOffsetNs) {
        next.onClock(drainedToNs, wallOffsetNs);
    }

    @Override
    public void onGap(Gap gap) {
        next.onGap(gap);
    }

    @Override
    public void onNote(HostNote note) {
        next.onNote(note);
    }

    @Override
    public void onEnd(long ktimeNs) {
        next.onEnd(ktimeNs);
    }
}
