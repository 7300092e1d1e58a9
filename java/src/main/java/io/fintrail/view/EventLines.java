package io.fintrail.view;

import io.fintrail.event.ForwardingSink;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TraceSink;
import io.fintrail.lifecycle.Evidence;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/** Shows each event as it comes, then passes everything on. */
public final class EventLines extends ForwardingSink {
    private final View view;
    private final LongPredicate shown;
    private Session session = new Session(new TreeMap<>());

    /** @param shown by ktime */
    public EventLines(View view, LongPredicate shown, TraceSink next) {
        super(next);
        this.view = view;
        this.shown = shown;
    }

    @Override
    public void onSession(Session session) {
        this.session = session;
        next.onSession(session);
    }

    @Override
    public void onEvent(TcpEvent event, long index) {
        if (shown.test(event.ktimeNs())) {
            view.onEvent(new Evidence(index, event, session.reason(event)));
        }
        next.onEvent(event, index);
    }
}
