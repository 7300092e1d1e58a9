package io.fintrail.event;

import java.util.function.Consumer;

/** Shows each note to somebody before it is passed on, as everything else is. */
public final class NoteWatch implements TraceSink {
    private final TraceSink next;
    private final Consumer<HostNote> watcher;

    public NoteWatch(TraceSink next, Consumer<HostNote> watcher) {
        this.next = next;
        this.watcher = watcher;
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
        watcher.accept(note);
        next.onNote(note);
    }

    @Override
    public void onEnd(long ktimeNs) {
        next.onEnd(ktimeNs);
    }
}
