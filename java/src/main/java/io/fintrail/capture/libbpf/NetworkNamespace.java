package io.fintrail.capture.libbpf;

import com.sun.jna.Native;
import java.nio.file.Path;

/** An open network namespace, which the calling thread can enter; owns its descriptor. */
public final class NetworkNamespace implements AutoCloseable {
    private final int fd;

    private NetworkNamespace(int fd) {
        this.fd = fd;
    }

    /** @throws BpfException if it is gone or may not be opened */
    public static NetworkNamespace open(Path path) {
        int fd = LibC.open(path.toString(), LibC.O_RDONLY_CLOEXEC);
        if (fd < 0) {
            throw new BpfException("cannot open " + path, Native.getLastError(), "");
        }
        return new NetworkNamespace(fd);
    }

    /**
     * From now on the calling thread is in it. A namespace is a thread's own: use one that does nothing else.
     *
     * @throws BpfException without CAP_SYS_ADMIN
     */
    public void enter() {
        if (LibC.setns(fd, LibC.CLONE_NEWNET) < 0) {
            throw new BpfException(
                    "cannot enter a network namespace (that takes CAP_SYS_ADMIN)", Native.getLastError(), "");
        }
    }

    @Override
    public void close() {
        LibC.close(fd);
    }
}
