package io.fintrail.event;

/** What makes two sockets look like the legs of one proxied session; numbers as in tcp_event.h. */
public enum LegHow {
    UNKNOWN(0),
    /** A thread looked into the other one for the first time, or read from it, and then connected this one. */
    CONNECTED(TcpEventLayout.LEG_CONNECTED),
    /** A thread read from the other one, and then sent as many bytes on this one. */
    SAME_LENGTH(TcpEventLayout.LEG_SAME_LENGTH),
    /** A thread read from the other one, and then sent on this one. */
    NEXT_SEND(TcpEventLayout.LEG_NEXT_SEND);

    private final int number;

    LegHow(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    public static LegHow of(int number) {
        for (LegHow how : values()) {
            if (how.number == number) {
                return how;
            }
        }
        return UNKNOWN;
    }
}
