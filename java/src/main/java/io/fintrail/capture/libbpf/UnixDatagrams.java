package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.nio.charset.StandardCharsets;

/** Sends datagrams to a unix socket, which the JDK cannot. One thread at a time. */
public final class UnixDatagrams implements AutoCloseable {
    private static final int PATH_AT = 2;
    private static final int MOST_PATH = 108;

    private final int fd;
    private final Memory address = new Memory(PATH_AT + MOST_PATH);
    private final int addressLength;

    /**
     * @param path of the socket; {@code @} at its beginning stands for the zero of an abstract one
     * @throws IllegalArgumentException if it is too long for one
     */
    public UnixDatagrams(String path) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= MOST_PATH) {
            throw new IllegalArgumentException("'" + path + "' is too long for a socket's path");
        }
        address.clear();
        address.setShort(0, (short) LibC.AF_UNIX);
        address.write(PATH_AT, bytes, 0, bytes.length);
        if (path.startsWith("@")) {
            address.setByte(PATH_AT, (byte) 0);
        }
        addressLength = PATH_AT + bytes.length;
        fd = LibC.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM_CLOEXEC, 0);
        if (fd < 0) {
            throw new BpfException("cannot make a unix socket", Native.getLastError(), "");
        }
    }

    /** False if nobody took it. */
    public boolean send(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (Memory message = new Memory(bytes.length)) {
            message.write(0, bytes, 0, bytes.length);
            return LibC.sendto(fd, message, bytes.length, 0, address, addressLength) == bytes.length;
        }
    }

    @Override
    public void close() {
        LibC.close(fd);
    }
}
