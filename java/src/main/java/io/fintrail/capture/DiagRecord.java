package io.fintrail.capture;

import static io.fintrail.capture.DiagSocket.TIMER_KEEPALIVE;
import static io.fintrail.capture.DiagSocket.TIMER_PROBE;
import static io.fintrail.capture.DiagSocket.TIMER_RETRANSMIT;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;

/**
 * What inet_diag tells of a socket as a SOCKET record, as look_at_sockets() of bpf/snapshot.bpf.h makes them. Of sequence
 * numbers it knows the differences alone, so they count from snd_una and copied_seq. What the state proves is set: SOCK_DONE
 * where the peer's FIN was taken, SOCK_DEAD where a socket that has sent one of its own has no file left. Not known, and 0:
 * errors, SO_LINGER, TCP_LINGER2, TCP_USER_TIMEOUT, a socket's own keep-alive times, the FIN behind a hole. One thread.
 */
final class DiagRecord {
    private static final int TIME_WAIT = 6;
    private static final int LISTEN = 10;
    private static final int NEW_SYN_RECV = 12;
    private static final int ESTABLISHED = 1;
    private static final int FIN_WAIT1 = 4;
    private static final int FIN_WAIT2 = 5;
    private static final int CLOSE_WAIT = 8;
    private static final int LAST_ACK = 9;
    private static final int CLOSING = 11;

    private static final int DEAD = 1;
    private static final int DONE = 1 << 1;
    private static final int KEEPOPEN = 1 << 3;
    private static final int NO_TIMER = 0x80000000;
    private static final int NEVER = -1;
    private static final int TCP = 6;

    /** icsk_pending: a retransmission, also where it may be a tail-loss probe, and a zero-window probe. */
    private static final int PENDING_RETRANSMIT = 1;

    private static final int PENDING_PROBE = 3;

    private static final int MEMORY_RECEIVED = 0;
    private static final int MEMORY_DROPS = 8;
    private static final long MINISOCK_AT_MOST_S = 60;
    private static final long RTO_MAX_MS = 120_000;

    /** tcp_info up to tcpi_notsent_bytes: 4.6. */
    private static final int LEAST_INFO_BYTES = 148;

    private final int hz;

    DiagRecord(int hz) {
        this.hz = hz;
    }

    /**
     * Fills the {@link TcpEventLayout#SIZE} bytes at {@code at}.
     *
     * @return false if the socket was read in the midst of a change: what was read is of no moment
     * @throws DiagException if this kernel tells too little
     */
    boolean fill(ByteBuffer to, int at, DiagSocket socket, long netns, long readNs, NamespaceLimits limits) {
        to.put(at, new byte[TcpEventLayout.SIZE]);
        fillNames(to, at, socket, netns, readNs);
        if (socket.isMinisock()) {
            fillMinisock(to, at, socket, limits);
            return true;
        }
        if (socket.isRequest()) {
            state(to, at, NEW_SYN_RECV, NEW_SYN_RECV);
            to.putInt(at + TcpEventLayout.TIMER_IN_JIFFIES, NO_TIMER);
            return true;
        }
        state(to, at, socket.state(), socket.state());
        if (socket.state() == LISTEN) {
            to.putInt(at + TcpEventLayout.ACCEPT_QUEUE, (int) socket.receiveQueue());
            to.putInt(at + TcpEventLayout.ACCEPT_QUEUE_MOST, (int) socket.sendQueue());
            to.putInt(at + TcpEventLayout.LISTEN_DROPS, (int) socket.memory(MEMORY_DROPS));
            return true;
        }
        if (socket.infoBytes() < LEAST_INFO_BYTES) {
            throw new DiagException("this kernel's inet_diag tells too little of a socket (4.6 does)", 0);
        }
        fillNumbers(to, at, socket);
        fillLook(to, at, socket, limits);
        fillFlags(to, at, socket);
        return isOfOneMoment(socket);
    }

    private static void state(ByteBuffer to, int at, int old, int now) {
        to.put(at + TcpEventLayout.OLD_STATE, (byte) old);
        to.put(at + TcpEventLayout.NEW_STATE, (byte) now);
    }

    private static void fillNames(ByteBuffer to, int at, DiagSocket socket, long netns, long readNs) {
        to.putLong(at + TcpEventLayout.KTIME_NS, readNs);
        to.putLong(at + TcpEventLayout.COOKIE, socket.cookie());
        to.putInt(at + TcpEventLayout.NETNS, (int) netns);
        to.put(at + TcpEventLayout.KIND, (byte) TcpEventLayout.KIND_SOCKET);
        to.putShort(at + TcpEventLayout.PROTOCOL, (short) TCP);
        to.putShort(at + TcpEventLayout.FLAGS, (short) TcpEventLayout.FLAG_FROM_DIAG);
        to.putShort(at + TcpEventLayout.LOCAL_PORT, (short) socket.localPort());
        to.putShort(at + TcpEventLayout.REMOTE_PORT, (short) socket.remotePort());
        address(to, at + TcpEventLayout.LOCAL_ADDRESS, socket, socket.localAddressAt());
        address(to, at + TcpEventLayout.REMOTE_ADDRESS, socket, socket.remoteAddressAt());
        boolean mapped = to.getLong(at + TcpEventLayout.LOCAL_ADDRESS) == 0
                && to.getShort(at + TcpEventLayout.LOCAL_ADDRESS + 8) == 0
                && to.getShort(at + TcpEventLayout.LOCAL_ADDRESS + 10) == -1;
        to.put(at + TcpEventLayout.FAMILY, (byte) (mapped ? 4 : 6));
    }

    private static void address(ByteBuffer to, int at, DiagSocket socket, int from) {
        if (socket.family() == DiagSocket.AF_INET) {
            to.putShort(at + 10, (short) -1);
            to.put(at + 12, socket.data(), from, 4);
        } else {
            to.put(at, socket.data(), from, 16);
        }
    }

    /** Its timer's step was chosen by its whole life, which is tcp_fin_timeout as a rule and never over 60 s. */
    private void fillMinisock(ByteBuffer to, int at, DiagSocket socket, NamespaceLimits limits) {
        state(to, at, socket.state(), TIME_WAIT);
        flag(to, at, TcpEventLayout.FLAG_TIME_WAIT);
        long life = Math.min(limits.finTimeoutJiffies(), MINISOCK_AT_MOST_S * hz);
        to.putInt(at + TcpEventLayout.TIMER_IN_JIFFIES, due(socket.expiresMs(), life));
    }

    private void fillNumbers(ByteBuffer to, int at, DiagSocket socket) {
        long notSent = socket.info(TcpInfo.NOT_SENT_BYTES, 4, 0);
        to.putInt(at + TcpEventLayout.WRITE_SEQ, (int) socket.sendQueue());
        to.putInt(at + TcpEventLayout.SND_NXT, (int) (socket.sendQueue() - notSent));
        to.putInt(at + TcpEventLayout.RCV_NXT, (int) socket.receiveQueue());
        to.putInt(at + TcpEventLayout.SND_WND, (int) socket.info(TcpInfo.SND_WND, 4, TcpEvent.UNKNOWN_WINDOW));
        to.putInt(at + TcpEventLayout.PACKETS_OUT, (int) socket.info(TcpInfo.UNACKED, 4, 0));
        to.putInt(at + TcpEventLayout.SEGMENTS_RECEIVED, (int) socket.info(TcpInfo.SEGS_IN, 4, 0));
        to.putLong(at + TcpEventLayout.SENT_BYTES, socket.info(TcpInfo.BYTES_ACKED, 8, 0));
        to.putLong(at + TcpEventLayout.RECEIVED_BYTES, socket.info(TcpInfo.BYTES_RECEIVED, 8, 0));
        to.put(at + TcpEventLayout.RETRANSMITS, (byte) socket.info(TcpInfo.RETRANSMITS, 1, 0));
        to.put(at + TcpEventLayout.PROBES_OUT, (byte) socket.info(TcpInfo.PROBES, 1, 0));
        to.put(at + TcpEventLayout.BACKOFF, (byte) socket.info(TcpInfo.BACKOFF, 1, 0));
        to.putInt(at + TcpEventLayout.RTO_JIFFIES, jiffies(rtoMs(socket)));
        to.put(at + TcpEventLayout.SHUTDOWN, (byte) socket.shutdown());
    }

    private void fillLook(ByteBuffer to, int at, DiagSocket socket, NamespaceLimits limits) {
        int timer = socket.timer();
        boolean isPending = timer == TIMER_RETRANSMIT || timer == TIMER_PROBE;
        int rto = jiffies(rtoMs(socket));
        to.put(at + TcpEventLayout.TIMER_PENDING, (byte)
                (timer == TIMER_RETRANSMIT ? PENDING_RETRANSMIT : timer == TIMER_PROBE ? PENDING_PROBE : 0));
        to.putInt(at + TcpEventLayout.TIMER_IN_JIFFIES, isPending ? due(socket.expiresMs(), rto) : NO_TIMER);
        to.putInt(
                at + TcpEventLayout.KEEPALIVE_IN_JIFFIES,
                timer == TIMER_KEEPALIVE ? due(socket.expiresMs(), 0) : NO_TIMER);
        to.putInt(at + TcpEventLayout.RETRANSMITTING_MS, (int) retransmittingMs(socket));
        to.putInt(at + TcpEventLayout.PROBING_JIFFIES, NEVER);
        to.putInt(at + TcpEventLayout.DATA_RECEIVED_JIFFIES, jiffies(socket.info(TcpInfo.LAST_DATA_RECEIVED, 4, 0)));
        to.putInt(at + TcpEventLayout.ACK_RECEIVED_JIFFIES, jiffies(socket.info(TcpInfo.LAST_ACK_RECEIVED, 4, 0)));
        to.putInt(at + TcpEventLayout.DATA_SENT_JIFFIES, jiffies(socket.info(TcpInfo.LAST_DATA_SENT, 4, 0)));
        to.putInt(at + TcpEventLayout.FIN_TIMEOUT_JIFFIES, limits.finTimeoutJiffies());
        to.put(at + TcpEventLayout.ORPHAN_RETRIES, (byte) limits.orphanRetries());
        to.put(at + TcpEventLayout.RETRIES2, (byte) limits.retries2());
        to.putInt(at + TcpEventLayout.RTO_MAX_JIFFIES, limits.rtoMaxJiffies());
        to.putInt(at + TcpEventLayout.KEEPALIVE_TIME_JIFFIES, limits.keepaliveTimeJiffies());
        to.putInt(at + TcpEventLayout.KEEPALIVE_INTERVAL_JIFFIES, limits.keepaliveIntervalJiffies());
        to.putInt(at + TcpEventLayout.KEEPALIVE_PROBES, limits.keepaliveProbes());
    }

    private static void fillFlags(ByteBuffer to, int at, DiagSocket socket) {
        int state = socket.state();
        boolean ownFinQueued = state == FIN_WAIT1 || state == FIN_WAIT2 || state == LAST_ACK || state == CLOSING;
        boolean peerFinTaken = state == CLOSE_WAIT || state == LAST_ACK || state == CLOSING; // tcp_fin()
        int bits = peerFinTaken ? DONE : 0;
        if (socket.inode() != 0) {
            flag(to, at, TcpEventLayout.FLAG_HAS_SOCKET_FILE);
        } else if (ownFinQueued && !socket.isSubflow()) {
            bits |= DEAD; // one that nobody has accepted can send no FIN
        }
        // keep-alive's timer is the one of an orphan's FIN_WAIT2, too
        if (socket.timer() == TIMER_KEEPALIVE && (bits & DEAD) == 0) {
            bits |= KEEPOPEN;
        }
        to.putInt(at + TcpEventLayout.SOCKET_FLAGS, bits);
        flag(to, at, TcpEventLayout.FLAG_FULL_SOCKET);
        if (socket.isSubflow()) {
            flag(to, at, TcpEventLayout.FLAG_MPTCP_SUBFLOW);
        }
        // What is read is freed at once (tcp_eat_recv_skb): what still takes memory then came in beyond a hole.
        boolean beyondHole = socket.receiveQueue() == 0
                && socket.memory(MEMORY_RECEIVED) > 0
                && socket.info(TcpInfo.OUT_OF_ORDER_PACKETS, 4, 1) > 0;
        if (beyondHole && (state == FIN_WAIT1 || state == FIN_WAIT2 || state == ESTABLISHED)) {
            flag(to, at, TcpEventLayout.FLAG_OUT_OF_ORDER);
        }
    }

    private static void flag(ByteBuffer to, int at, int flag) {
        to.putShort(at + TcpEventLayout.FLAGS, (short) (to.getShort(at + TcpEventLayout.FLAGS) | flag));
    }

    /** inet_sk_diag_fill() reads the state without the socket's lock, and before the queues. */
    private static boolean isOfOneMoment(DiagSocket socket) {
        return switch (socket.state()) {
            case FIN_WAIT1, LAST_ACK, CLOSING -> socket.sendQueue() > 0;
            case FIN_WAIT2 -> socket.sendQueue() == 0;
            default -> true;
        };
    }

    private static long rtoMs(DiagSocket socket) {
        return (socket.info(TcpInfo.RTO_US, 4, 0) + 500) / 1000;
    }

    /**
     * Since the first repeat by timeout: the kernel's own count where there was no such series before (6.7), else what the
     * timeouts come to that were doubled one by one, which is late by what the timer wheel is.
     */
    private static long retransmittingMs(DiagSocket socket) {
        int repeats = (int) socket.info(TcpInfo.RETRANSMITS, 1, 0);
        if (repeats == 0) {
            return NEVER;
        }
        if (socket.info(TcpInfo.TOTAL_RTO_RECOVERIES, 2, 0) == 1) {
            return socket.info(TcpInfo.TOTAL_RTO_MS, 4, 0);
        }
        long rto = rtoMs(socket);
        boolean doubled = socket.info(TcpInfo.BACKOFF, 1, 0) == repeats && rto < RTO_MAX_MS;
        return doubled && socket.timer() == TIMER_RETRANSMIT
                ? Math.max(0, 2 * rto - (rto >> Math.min(repeats - 1, 62)) - socket.expiresMs())
                : NEVER;
    }

    private int jiffies(long ms) {
        return (int) ((ms * hz + 500) / 1000);
    }

    /** When a timer fires that is due in so many milliseconds: the wheel is late by up to a step (calc_index). */
    private int due(long ms, long wholeJiffies) {
        long left = (ms * hz + 500) / 1000;
        long whole = Math.max(left, wholeJiffies);
        int shift = 0;
        for (long levelEnds = 63; whole >= levelEnds && shift < 24; levelEnds <<= 3) { // LVL_START
            shift += 3;
        }
        return (int) left + (1 << shift);
    }
}
