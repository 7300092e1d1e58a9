package io.fintrail.view;

import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;

/** Who did something to a socket in its own context: only system calls have one. */
final class Actor {
    private Actor() {}

    /** {@code haproxy[812]}, or words where the task that ran acted for somebody else. */
    static String of(TcpEvent event) {
        boolean onBehalf = event.is(TcpEventLayout.FLAG_KERNEL_THREAD)
                || event.pid() == 0
                || event.comm().isEmpty()
                || event.comm().equals(Session.LOOKING_THREAD);
        return onBehalf ? "our application" : event.comm() + "[" + event.pid() + "]";
    }
}
