package io.fintrail.lifecycle;

import io.fintrail.event.SocketId;
import org.jspecify.annotations.Nullable;

/** Another socket that carries the same proxied session, and what tells so. */
public final class Leg {
    /** What tells that two sockets belong together. */
    public enum How {
        /** One thread read EOF on one leg and at once shut the other. */
        EOF_THEN_SHUT,
        /** One thread looked into the new connection and then connected to the backend. */
        READ_THEN_CONNECT,
        /** One thread read from one leg and then sent as many bytes on the other. */
        SAME_LENGTH,
        /** One thread read from one leg and then sent on the other. */
        NEXT_SEND,
        /** As many bytes went out on one as came in on the other, both ways, and at the same times. */
        SAME_BYTES_AND_TIMES
    }

    private final Remembered other;
    private final SocketId id;
    private final How how;
    private final boolean confirmed;
    private final boolean used;
    private final SocketId given;
    private final boolean answered;

    Leg(SocketLifecycle other, How how, boolean confirmed, boolean used, SocketId given, boolean answered) {
        this.other = other.remembered;
        this.id = other.id();
        this.how = how;
        this.confirmed = confirmed;
        this.used = used;
        this.given = given;
        this.answered = answered;
    }

    /** Which of the two was given something first. */
    SocketId given() {
        return given;
    }

    /** Something was passed on the other way, too. */
    boolean answered() {
        return answered;
    }

    /**
     * Whether a verdict may rest on it. A thread that hands on what it reads, and sends something of its own, looks like one
     * that passes it on, but once.
     */
    public boolean isEvidence() {
        return how != How.NEXT_SEND || confirmed || answered;
    }

    /** More than a connect() tells of it: a proxy may give a new connection to another session than it was made for. */
    boolean used() {
        return used;
    }

    public SocketId id() {
        return id;
    }

    public How how() {
        return how;
    }

    /** A second way of telling says the same: nothing else gives both. */
    public boolean confirmed() {
        return confirmed;
    }

    /** Null once that connection is over and nothing more can come for it. */
    public @Nullable SocketLifecycle story() {
        return other.story();
    }
}
