package io.fintrail.event;

/** TCP states by the kernel's numbers (include/net/tcp_states.h). */
public enum TcpState {
    NONE(0),
    ESTABLISHED(1),
    SYN_SENT(2),
    SYN_RECV(3),
    FIN_WAIT1(4),
    FIN_WAIT2(5),
    TIME_WAIT(6),
    CLOSE(7),
    CLOSE_WAIT(8),
    LAST_ACK(9),
    LISTEN(10),
    CLOSING(11),
    NEW_SYN_RECV(12);

    private static final TcpState[] BY_NUMBER = values();

    private final int number;

    TcpState(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /** The state with that number; NONE for numbers that no kernel of today uses. */
    public static TcpState of(int number) {
        return number > 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : NONE;
    }

    /** Our FIN is queued, and the peer has not acknowledged it yet. */
    public boolean awaitsAckOfFin() {
        return this == FIN_WAIT1 || this == CLOSING || this == LAST_ACK;
    }
}
