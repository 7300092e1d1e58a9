package io.fintrail.lifecycle;

import org.jspecify.annotations.Nullable;

/** A story as its deadlines know it: until it is forgotten, though they may be a minute ahead then. */
final class Remembered {
    private @Nullable SocketLifecycle story;

    Remembered(SocketLifecycle story) {
        this.story = story;
    }

    @Nullable
    SocketLifecycle story() {
        return story;
    }

    void forget() {
        story = null;
    }
}
