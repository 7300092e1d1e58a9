package io.fintrail.event;

import java.util.function.Consumer;

/** Shows each note to somebody before it is passed on. */
public final class NoteWatch extends ForwardingSink {
    private final Consumer<HostNote> watcher;

    public NoteWatch(TraceSink next, Consumer<HostNote> watcher) {
        super(next);
        this.watcher = watcher;
    }

    @Override
    public void onNote(HostNote note) {
        watcher.accept(note);
        next.onNote(note);
    }
}
