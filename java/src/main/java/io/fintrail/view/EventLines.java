package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TraceSink;
import io.fintrail.lifecycle.Evidence;
import java.util.TreeMap;

/** Shows each event as it comes, then passes everything on. */
public final class EventLines implements TraceSink {
    private final View view;
    private final TraceSink next;
    private Session session = new Session(new TreeMap<>());

    public EventLines(View view, TraceSink next) {
        this.view = view;
        this.next = next;
    }

    @Override
    public void onSession(Session session) {
        this.session = session;
        next.onSession(session);
    }

    @Override
    public void onEvent(TcpEvent event, long index) {
        view.onEvent(new Evidence(index, event, session.reason(event)));
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
