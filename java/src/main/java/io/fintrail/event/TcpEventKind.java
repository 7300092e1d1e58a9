package io.fintrail.event;

/** Which fact a record states; numbers as in tcp_event.h. */
public enum TcpEventKind {
    UNKNOWN(0),
    STATE(TcpEventLayout.KIND_STATE),
    RETRANSMIT(TcpEventLayout.KIND_RETRANSMIT),
    RESET_SENT(TcpEventLayout.KIND_RESET_SENT),
    RESET_RECEIVED(TcpEventLayout.KIND_RESET_RECEIVED),
    DESTROY(TcpEventLayout.KIND_DESTROY),
    ERROR_REPORT(TcpEventLayout.KIND_ERROR_REPORT),
    SEGMENT_FREED(TcpEventLayout.KIND_SEGMENT_FREED),
    EOF_READ(TcpEventLayout.KIND_EOF_READ),
    SOCKET(TcpEventLayout.KIND_SOCKET),
    HOLDER(TcpEventLayout.KIND_HOLDER),
    LEG(TcpEventLayout.KIND_LEG);

    private static final TcpEventKind[] BY_NUMBER = values();

    private final int number;

    TcpEventKind(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    public static TcpEventKind of(int number) {
        return number > 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : UNKNOWN;
    }
}
