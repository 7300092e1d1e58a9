package io.fintrail.lifecycle;

/** Whose FIN went first. */
public enum CloseSide {
    LOCAL,
    PEER,
    SIMULTANEOUS,
    NONE
}
