package io.fintrail.capture;

/** inet_diag refused, or answered with what cannot be read; the message says which. {@code errno} is 0 or positive. */
final class DiagException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    DiagException(String message, int errno) {
        super(message);
        this.errno = errno;
    }

    int errno() {
        return errno;
    }
}
