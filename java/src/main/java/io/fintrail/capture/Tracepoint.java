package io.fintrail.capture;

import io.fintrail.event.TcpEventKind;
import java.util.Locale;

/** The tracepoints, what is missed without each, and whether there is any point in going on. */
public enum Tracepoint {
    INET_SOCK_SET_STATE("sock", TcpEventKind.STATE, true, "nothing can be told without state changes"),
    TCP_RETRANSMIT_SKB("tcp", TcpEventKind.RETRANSMIT, false, "whether and why a FIN was repeated"),
    TCP_SEND_RESET("tcp", TcpEventKind.RESET_SENT, false, "why this host sent a reset"),
    TCP_RECEIVE_RESET("tcp", TcpEventKind.RESET_RECEIVED, false, "that a reset arrived, but for the socket's error"),
    TCP_DESTROY_SOCK("tcp", TcpEventKind.DESTROY, false, "when a closed socket was really let go"),
    INET_SK_ERROR_REPORT(
            "sock", TcpEventKind.ERROR_REPORT, false, "whether the application was told of an error (5.14)"),
    KFREE_SKB("skb", TcpEventKind.SEGMENT_FREED, false, "FINs that this host dropped, and late ones (reasons: 5.17)"),
    SOCK_RECV_LENGTH("sock", TcpEventKind.EOF_READ, false, "whether the application has read EOF (6.3)"),
    SOCK_SEND_LENGTH("sock", TcpEventKind.LEG, false, "which two sockets are the legs of one proxied session (6.3)");

    private final String group;
    private final TcpEventKind kind;
    private final boolean required;
    private final String missedWithoutIt;

    Tracepoint(String group, TcpEventKind kind, boolean required, String missedWithoutIt) {
        this.group = group;
        this.kind = kind;
        this.required = required;
        this.missedWithoutIt = missedWithoutIt;
    }

    /** Where tracefs has it. */
    String group() {
        return group;
    }

    public String kernelName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Softirqs of this hook interrupt tasks in it as a matter of course: a second program does what the first missed. */
    boolean hasStandIn() {
        return this == INET_SOCK_SET_STATE;
    }

    public TcpEventKind kind() {
        return kind;
    }

    /** Attached only where proxied sessions are to be paired. */
    boolean servesPairs() {
        return this == SOCK_SEND_LENGTH;
    }

    public boolean required() {
        return required;
    }

    public String missedWithoutIt() {
        return missedWithoutIt;
    }
}
