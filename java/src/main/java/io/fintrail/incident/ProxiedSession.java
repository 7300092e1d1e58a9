package io.fintrail.incident;

import io.fintrail.lifecycle.Leg;
import io.fintrail.lifecycle.SocketLifecycle;
import org.jspecify.annotations.Nullable;

/**
 * A session of which one leg is shut by the proxy and the other by whom it leads to. Where it is not known which leg
 * belongs to which, {@code leg} is null, and the two are just any two of the same process.
 */
record ProxiedSession(
        SocketLifecycle shut,
        SocketLifecycle ended,
        @Nullable Leg leg) {
    /** Towards the client; the other one leads to the backend. */
    SocketLifecycle front() {
        return ended.isAccepted() ? ended : shut;
    }

    SocketLifecycle back() {
        return ended.isAccepted() ? shut : ended;
    }

    boolean clientClosedFirst() {
        return ended.isAccepted();
    }
}
