package io.fintrail.capture;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Reads a dump's datagrams, each a row of messages. One dump, one thread.
 *
 * <pre>
 *  0           4      6       8          12        16
 *  | length u32 | type | flags | sequence | port id | payload, filled up to four bytes …
 * </pre>
 */
final class DiagReply {
    private static final int HEADER = 16;
    private static final int ERROR = 2;
    private static final int DONE = 3;
    private static final int OVERRUN = 4;
    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int DUMP_INTERRUPTED = 0x10;

    private final int sequence;
    private final DiagSocket socket = new DiagSocket();
    private boolean interrupted;

    /** @param sequence of the request: what answers another one is passed over */
    DiagReply(int sequence) {
        this.sequence = sequence;
    }

    /**
     * @param data in native byte order; the datagram stands at its beginning
     * @param length of the datagram, also where {@code data} could not hold all of it
     * @param to is given each socket, in one object that is moved on
     * @return whether the dump is complete
     * @throws DiagException if the kernel says that it failed, or the bytes make no sense
     */
    boolean read(ByteBuffer data, int length, Consumer<DiagSocket> to) {
        if (length > data.capacity()) {
            throw new DiagException("inet_diag sent " + length + " bytes at once: " + data.capacity() + " are read", 0);
        }
        int at = 0;
        while (length - at >= HEADER) {
            int bytes = data.getInt(at);
            if (bytes < HEADER || bytes > length - at) {
                throw new DiagException(
                        "inet_diag sent a message of " + bytes + " bytes where " + (length - at) + " are", 0);
            }
            if (data.getInt(at + 8) == sequence && isLast(data, at, at + bytes, to)) {
                return true;
            }
            at = Math.min(length, at + ((bytes + 3) & ~3));
        }
        if (length == 0) {
            throw new DiagException("inet_diag ended without saying so", 0);
        }
        return false;
    }

    private boolean isLast(ByteBuffer data, int at, int end, Consumer<DiagSocket> to) {
        int type = data.getShort(at + 4) & 0xffff;
        interrupted |= (data.getShort(at + 6) & DUMP_INTERRUPTED) != 0;
        switch (type) {
            case SOCK_DIAG_BY_FAMILY -> to.accept(socket.wrap(data, at + HEADER, end));
            case ERROR, DONE -> {
                int error = end - at >= HEADER + 4 ? data.getInt(at + HEADER) : 0;
                if (error < 0) {
                    throw new DiagException("inet_diag failed: errno " + -error, -error);
                }
                return true;
            }
            case OVERRUN -> throw new DiagException("inet_diag lost part of its answer", 0);
            default -> {} // NLMSG_NOOP
        }
        return false;
    }

    /** Something changed between its parts (NLM_F_DUMP_INTR): sockets may be missing, or told twice. */
    boolean isInterrupted() {
        return interrupted;
    }
}
