package io.fintrail.lifecycle;

import io.fintrail.event.TcpEvent;

/** One event of a story with its number in the journal; {@code reason} is the kernel's name for it, or empty. */
public record Evidence(long index, TcpEvent event, String reason) {
    public long atNs() {
        return event.ktimeNs();
    }
}
