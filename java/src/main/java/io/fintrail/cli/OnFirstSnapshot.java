package io.fintrail.cli;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TraceSink;

/** Says once that the first snapshot is in, before anybody judges by it; passes everything on. */
final class OnFirstSnapshot implements TraceSink {
    private final TraceSink next;
    private final Runnable ready;
    private boolean told;

    OnFirstSnapshot(TraceSink next, Runnable ready) {
        this.next = next;
        this.ready = ready;
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
        if (!told && note.kind() == HostNote.Kind.SNAPSHOT) {
            told = true;
            ready.run();
        }
        next.onNote(note);
    }

    @Override
    public void onEnd(long ktimeNs) {
        next.onEnd(ktimeNs);
    }
}
