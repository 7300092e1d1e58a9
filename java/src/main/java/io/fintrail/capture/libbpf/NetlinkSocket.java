package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A socket to the kernel's sock_diag, in the network namespace that the calling thread is in. Owns its descriptor and one
 * buffer. One thread.
 */
public final class NetlinkSocket implements AutoCloseable {
    /** netlink_dump() makes messages of 32 KiB at most. */
    private static final int BUFFER_BYTES = 128 << 10;

    private static final int EINTR = 4;

    private final int fd;
    private final Memory memory = new Memory(BUFFER_BYTES);
    private final ByteBuffer received = memory.getByteBuffer(0, BUFFER_BYTES).order(ByteOrder.nativeOrder());

    private NetlinkSocket(int fd) {
        this.fd = fd;
    }

    /** @throws BpfException if the kernel gives none */
    public static NetlinkSocket toSockDiag() {
        int fd = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW_CLOEXEC, LibC.NETLINK_SOCK_DIAG);
        if (fd < 0) {
            throw new BpfException("cannot make a netlink socket", Native.getLastError(), "");
        }
        return new NetlinkSocket(fd);
    }

    /**
     * Sends the bytes between position and limit as one message.
     *
     * @throws BpfException if the kernel refuses it
     */
    public void send(ByteBuffer request) {
        int length = request.remaining();
        try (Memory bytes = new Memory(length)) {
            bytes.getByteBuffer(0, length).put(request);
            if (LibC.send(fd, bytes, length, 0) != length) {
                throw new BpfException("cannot ask sock_diag", Native.getLastError(), "");
            }
        }
    }

    /**
     * Waits for the next datagram, which then stands in {@link #received}.
     *
     * @return its length, which is more than that buffer holds where it was cut off
     * @throws BpfException if the kernel gives none
     */
    public int receive() {
        while (true) {
            long length = LibC.recv(fd, memory, BUFFER_BYTES, LibC.MSG_TRUNC);
            if (length >= 0) {
                return (int) Math.min(length, Integer.MAX_VALUE);
            }
            int errno = Native.getLastError();
            if (errno != EINTR) {
                throw new BpfException("cannot read from sock_diag", errno, "");
            }
        }
    }

    /** Whole and in native byte order; what it holds is the newest datagram, up to the length of that. */
    public ByteBuffer received() {
        return received;
    }

    @Override
    public void close() {
        LibC.close(fd);
        memory.close();
    }
}
