package io.fintrail.lifecycle;

import io.fintrail.event.HostNote;
import io.fintrail.event.TcpState;
import java.util.HashSet;
import java.util.Set;

/** A complete look at all sockets: which namespaces it went through, and from when on a row belongs to it. */
record Snapshot(long fromNs, long toNs, boolean everything, boolean holders, Set<Long> namespaces) {
    static Snapshot of(HostNote note) {
        Set<Long> namespaces = new HashSet<>();
        for (String inode : note.text("namespaces").split(",")) {
            if (!inode.isEmpty()) {
                namespaces.add(Long.valueOf(inode));
            }
        }
        return new Snapshot(
                note.number("from"), note.number("to"), note.says("everything"), note.says("holders"), namespaces);
    }

    /** A socket in that state and namespace has a row in this snapshot, if it exists. */
    boolean covers(long netns, TcpState state) {
        boolean listed = switch (state) {
            case FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING -> true;
            case ESTABLISHED, SYN_SENT, SYN_RECV -> everything;
            default -> false;
        };
        return listed && namespaces.contains(netns);
    }
}
