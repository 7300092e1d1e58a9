package io.fintrail.capture;

import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;

/** {@link CaptureFilter} for rows that no program of ours has made; asks the same as is_wanted() of bpf/socket_facts.bpf.h. */
final class RowFilter {
    private final CaptureFilter filter;

    RowFilter(CaptureFilter filter) {
        this.filter = filter;
    }

    /** Whether the record at {@code at} is inside; a listener's address is that of no connection. */
    boolean admits(ByteBuffer record, int at, boolean isListener) {
        long netns = record.getInt(at + TcpEventLayout.NETNS) & 0xffff_ffffL;
        if (filter.netns() != 0 && filter.netns() != netns) {
            return false;
        }
        return isListener || (portWanted(record, at) && addressWanted(record, at));
    }

    private boolean portWanted(ByteBuffer record, int at) {
        return filter.ports().isEmpty()
                || filter.ports().contains(record.getShort(at + TcpEventLayout.LOCAL_PORT) & 0xffff)
                || filter.ports().contains(record.getShort(at + TcpEventLayout.REMOTE_PORT) & 0xffff);
    }

    private boolean addressWanted(ByteBuffer record, int at) {
        return begins(record, at + TcpEventLayout.LOCAL_ADDRESS) || begins(record, at + TcpEventLayout.REMOTE_ADDRESS);
    }

    private boolean begins(ByteBuffer record, int addressAt) {
        int bits = filter.prefixBits();
        for (int i = 0; bits > 0; i++, bits -= 8) {
            int differing = (record.get(addressAt + i) ^ filter.address()[i]) & 0xff;
            if (differing >> Math.max(0, 8 - bits) != 0) {
                return false;
            }
        }
        return true;
    }
}
