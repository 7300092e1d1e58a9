package io.fintrail.event;

/**
 * One connection: a socket cookie and which of the connections that shared it, counted from 1. A struct sock
 * carries a second connection after connect(AF_UNSPEC), under the same cookie.
 */
public record SocketId(long cookie, int generation) {
    @Override
    public String toString() {
        return Long.toUnsignedString(cookie) + "." + generation;
    }
}
