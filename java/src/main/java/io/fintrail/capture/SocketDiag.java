package io.fintrail.capture;

import io.fintrail.capture.libbpf.MonotonicClock;
import io.fintrail.capture.libbpf.NetlinkSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Dumps the TCP sockets of the namespace that the calling thread is in, by inet_diag over netlink: 3.3, without BPF or BTF,
 * and for everybody. Sockets in CLOSE are not in it, nor MPTCP connections. One thread.
 */
final class SocketDiag {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    private static final int ENOENT = 2;
    private static final int REQUEST_BYTES = 72; // nlmsghdr and inet_diag_req_v2
    private static final short SOCK_DIAG_BY_FAMILY = 20;
    private static final short REQUEST_DUMP = 0x301; // NLM_F_REQUEST | NLM_F_DUMP
    private static final byte TCP = 6;
    private static final byte WITH_INFO_AND_MEMORY = 1 << 1 | 1 << 6; // INET_DIAG_INFO - 1, INET_DIAG_SKMEMINFO - 1

    private final MonotonicClock clock;
    private int sequence;

    SocketDiag(MonotonicClock clock) {
        this.clock = clock;
    }

    /** Told of each socket; the object is moved on. {@code readNs}: it was read by then, and not long before. */
    interface Sockets {
        void socket(DiagSocket socket, long readNs);
    }

    /**
     * @param family {@link #AF_INET}, or {@link #AF_INET6} for those and the sockets that may take both
     * @param states a bit for each TCP state; of minisocks their substate's
     * @return false if the kernel says that it may have passed over some, or told some twice (NLM_F_DUMP_INTR)
     * @throws DiagException if it cannot be done here, or failed
     */
    boolean dump(int family, int states, Sockets to) {
        DiagReply reply = new DiagReply(++sequence);
        try (NetlinkSocket socket = NetlinkSocket.toSockDiag()) {
            socket.send(request(family, states));
            boolean done = false;
            while (!done) {
                // The kernel fills a part when the part before it is fetched (netlink_recvmsg).
                long readNs = clock.nowNs();
                done = reply.read(socket.received(), socket.receive(), told -> to.socket(told, readNs));
            }
        } catch (DiagException e) {
            throw e.errno() == ENOENT
                    ? new DiagException(
                            "the kernel has no inet_diag for TCP (CONFIG_INET_DIAG, CONFIG_INET_TCP_DIAG; modprobe tcp_diag)",
                            ENOENT)
                    : e;
        }
        return !reply.isInterrupted();
    }

    private ByteBuffer request(int family, int states) {
        ByteBuffer request = ByteBuffer.allocate(REQUEST_BYTES).order(ByteOrder.nativeOrder());
        request.putInt(REQUEST_BYTES).putShort(SOCK_DIAG_BY_FAMILY).putShort(REQUEST_DUMP);
        request.putInt(sequence).putInt(0);
        request.put((byte) family).put(TCP).put(WITH_INFO_AND_MEMORY).put((byte) 0);
        request.putInt(states);
        return request.rewind();
    }
}
