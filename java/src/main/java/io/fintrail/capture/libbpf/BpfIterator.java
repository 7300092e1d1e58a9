package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** A loaded iterator program; {@link #run} goes once over what the kernel has. One thread. */
public final class BpfIterator implements AutoCloseable {
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int BYTES = 1024;

    private final String program;
    private final Pointer link;
    private final Memory words = new Memory(BYTES);
    private boolean closed;

    BpfIterator(String program, Pointer link) {
        this.program = program;
        this.link = link;
    }

    /** Told of each word that the program wrote, and given the chance to wait after each {@value #BYTES} bytes. */
    public interface Rows {
        void row(int word);

        void pause();
    }

    /**
     * Sockets are those of the network namespace that the calling thread is in now (bpf_iter_init_seq_net). The kernel
     * goes on only while it is read.
     */
    public void run(Rows rows) {
        if (closed) {
            throw new IllegalStateException("the iterator is closed");
        }
        int fd = LibBpf.bpf_iter_create(LibBpf.bpf_link__fd(link));
        if (fd < 0) {
            throw new BpfException("cannot start " + program, -fd, "");
        }
        try {
            long length = read(fd);
            while (length > 0) {
                for (long at = 0; at < length; at += Integer.BYTES) {
                    rows.row(words.getInt(at));
                }
                rows.pause();
                length = read(fd);
            }
        } finally {
            LibC.close(fd);
        }
    }

    /** After a million objects without a row bpf_seq_read() says EAGAIN, and goes on when asked again. */
    private long read(int fd) {
        while (true) {
            long length = LibC.read(fd, words, BYTES);
            int errno = length < 0 ? Native.getLastError() : 0;
            if (length >= 0) {
                return length;
            }
            if (errno != EINTR && errno != EAGAIN) {
                throw new BpfException("cannot read from " + program, errno, "");
            }
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            LibBpf.bpf_link__destroy(link);
            words.close();
        }
    }
}
