package io.fintrail.lifecycle;

/** Whether a process holds the socket. */
public enum Ownership {
    HELD,
    ORPHAN,
    UNACCEPTED,
    UNKNOWN
}
