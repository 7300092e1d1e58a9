package io.fintrail.capture;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * One socket as inet_diag tells it. A flyweight over the buffer that it was received in; one thread.
 *
 * <pre>
 *  0        1       2       3         4          6           8           24          40        44      52
 *  | family | state | timer | retrans | sport be | dport be | source 16 | dest. 16 | interface | cookie |
 *  52          56            60            64    68      72
 *  | expires ms | receive queue | send queue | uid | inode | attributes …
 * </pre>
 *
 * Each attribute: length u16 (these four bytes included), type u16, payload, filled up to four bytes.
 */
final class DiagSocket {
    static final int SIZE = 72;

    /** idiag_timer of the retransmission, of a tail-loss probe and of reordering alike. */
    static final int TIMER_RETRANSMIT = 1;

    static final int TIMER_KEEPALIVE = 2;
    static final int TIMER_TIME_WAIT = 3;
    static final int TIMER_PROBE = 4;

    static final int AF_INET = 2;

    private static final int INFO = 2;
    private static final int SKMEMINFO = 7;
    private static final int SHUTDOWN = 8;
    private static final int ULP_INFO = 16;
    private static final int ULP_NAME = 1;
    private static final int TYPE_BITS = 0x3fff; // above: NLA_F_NESTED, NLA_F_NET_BYTEORDER
    private static final int ATTRIBUTE_HEADER = 4;

    private ByteBuffer data = ByteBuffer.allocate(0);
    private int at;
    private int infoAt;
    private int infoBytes;
    private int memoryAt;
    private int memoryBytes;
    private int shutdown;
    private boolean subflow;

    /**
     * Moves this to the message whose payload is between {@code from} and {@code end}.
     *
     * @throws DiagException if what stands there is no such message
     */
    DiagSocket wrap(ByteBuffer buffer, int from, int end) {
        if (end - from < SIZE) {
            throw new DiagException("inet_diag told a socket in " + (end - from) + " bytes", 0);
        }
        data = buffer;
        at = from;
        infoBytes = 0;
        memoryBytes = 0;
        shutdown = 0;
        subflow = false;
        int next = from + SIZE;
        while (end - next >= ATTRIBUTE_HEADER) {
            int length = lengthAt(next, end);
            attribute(u16(next + 2) & TYPE_BITS, next + ATTRIBUTE_HEADER, length - ATTRIBUTE_HEADER);
            next += (length + 3) & ~3;
        }
        return this;
    }

    private int lengthAt(int from, int end) {
        int length = u16(from);
        if (length < ATTRIBUTE_HEADER || length > end - from) {
            throw new DiagException(
                    "inet_diag told an attribute of " + length + " bytes where " + (end - from) + " are", 0);
        }
        return length;
    }

    private void attribute(int type, int from, int bytes) {
        switch (type) {
            case INFO -> {
                infoAt = from;
                infoBytes = bytes;
            }
            case SKMEMINFO -> {
                memoryAt = from;
                memoryBytes = bytes;
            }
            case SHUTDOWN -> shutdown = bytes > 0 ? data.get(from) & 3 : 0;
            case ULP_INFO -> subflow = isMptcp(from, from + bytes);
            default -> {}
        }
    }

    /** tcp_diag_put_ulp() names the protocol above: a subflow's is "mptcp". */
    private boolean isMptcp(int from, int end) {
        int next = from;
        while (end - next >= ATTRIBUTE_HEADER) {
            int length = lengthAt(next, end);
            byte[] name = new byte[length - ATTRIBUTE_HEADER];
            data.get(next + ATTRIBUTE_HEADER, name);
            if ((u16(next + 2) & TYPE_BITS) == ULP_NAME) {
                return new String(name, StandardCharsets.ISO_8859_1).startsWith("mptcp");
            }
            next += (length + 3) & ~3;
        }
        return false;
    }

    /** 2 or 10. */
    int family() {
        return u8(at);
    }

    /** A minisock's substate; a request says 3, as a socket in SYN_RECV does. */
    int state() {
        return u8(at + 1);
    }

    int timer() {
        return u8(at + 2);
    }

    int localPort() {
        return networkU16(at + 4);
    }

    int remotePort() {
        return networkU16(at + 6);
    }

    /** Where 4 or 16 bytes of address stand in {@link #data}. */
    int localAddressAt() {
        return at + 8;
    }

    int remoteAddressAt() {
        return at + 24;
    }

    ByteBuffer data() {
        return data;
    }

    long cookie() {
        return u32(at + 44) | u32(at + 48) << 32;
    }

    /** Until the timer fires, or rather is due: the kernel's wheel is late, and old ones then gave a negative number. */
    long expiresMs() {
        return Math.max(0, data.getInt(at + 52));
    }

    /** rcv_nxt - copied_seq; of a listener, connections that wait for accept(). */
    long receiveQueue() {
        return u32(at + 56);
    }

    /** write_seq - snd_una; of a listener, how many may wait. */
    long sendQueue() {
        return u32(at + 60);
    }

    /** 0 where no file belongs to it (sock_i_ino). */
    long inode() {
        return u32(at + 68);
    }

    int shutdown() {
        return shutdown;
    }

    boolean isSubflow() {
        return subflow;
    }

    boolean isMinisock() {
        return timer() == TIMER_TIME_WAIT;
    }

    /** A request has no tcp_info, nor anything else that a socket has. */
    boolean isRequest() {
        return state() == 3 && infoBytes == 0;
    }

    /** How much of tcp_info this kernel fills in. */
    int infoBytes() {
        return infoBytes;
    }

    /** A field of tcp_info, unsigned; {@code otherwise} where this kernel's has none. */
    long info(int offset, int width, long otherwise) {
        if (offset + width > infoBytes) {
            return otherwise;
        }
        return switch (width) {
            case 1 -> u8(infoAt + offset);
            case 2 -> u16(infoAt + offset);
            case 4 -> u32(infoAt + offset);
            default -> data.getLong(infoAt + offset);
        };
    }

    /** A number of the socket's memory (SK_MEMINFO_*); 0 where it is not told. */
    long memory(int index) {
        return 4 * index + 4 > memoryBytes ? 0 : u32(memoryAt + 4 * index);
    }

    private int u8(int offset) {
        return data.get(offset) & 0xff;
    }

    private int u16(int offset) {
        return data.getShort(offset) & 0xffff;
    }

    private int networkU16(int offset) {
        int value = u16(offset);
        return data.order() == ByteOrder.BIG_ENDIAN ? value : Integer.reverseBytes(value) >>> 16;
    }

    private long u32(int offset) {
        return data.getInt(offset) & 0xffff_ffffL;
    }
}
