package io.fintrail.capture.bcc;

/** BCC, or the kernel under it, refused; {@code errno} is positive, 0 where there is none. BCC says why on stderr. */
public final class BccException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    BccException(String what, int errno) {
        super(errno == 0 ? what : what + ": errno " + errno);
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }
}
