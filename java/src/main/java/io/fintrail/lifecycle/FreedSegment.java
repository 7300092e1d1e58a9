package io.fintrail.lifecycle;

import java.util.Set;

/** What the kernel's reasons for freeing a segment mean for a FIN. */
public final class FreedSegment {
    /** Freed after it was received, or a repeat of one that was, or for a socket that is gone: nothing was lost. */
    private static final Set<String> NOT_A_LOSS = Set.of(
            "",
            "NOT_SPECIFIED",
            "NOT_DROPPED_YET",
            "CONSUMED",
            "QUEUE_PURGE",
            "PACKET_SOCK_ERROR",
            "SOCKET_CLOSE",
            "TCP_OLD_DATA",
            "TCP_OLD_SEQUENCE",
            "TCP_OFOMERGE",
            "TCP_ABORT_ON_DATA",
            "TCP_CLOSE",
            "NO_SOCKET");

    private FreedSegment() {}

    public static boolean isLoss(String reason) {
        return !NOT_A_LOSS.contains(reason);
    }

    /** Refused for its sequence numbers, acknowledgement or timestamp: it may be anybody's. */
    static boolean isDoubtful(String reason) {
        return reason.startsWith("TCP_INVALID_")
                || reason.startsWith("TCP_RFC7323_")
                || reason.startsWith("TCP_OVERWINDOW")
                || reason.endsWith("_ACK")
                || reason.endsWith("_DATA")
                || reason.equals("TCP_FLAGS");
    }

    /** TCP itself, or memory limits on its behalf, refused the segment: no firewall did. */
    public static boolean isRefusedByStack(String reason) {
        return reason.startsWith("TCP_") || reason.startsWith("SOCKET_") || reason.equals("PROTO_MEM");
    }
}
