package io.fintrail.capture.libbpf;

/** libbpf or the kernel refused; {@code errno} is positive, {@link #log} what libbpf said. */
public final class BpfException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;
    private final String log;

    BpfException(String what, int errno, String log) {
        super(what + ": errno " + errno + lastLine(log));
        this.errno = errno;
        this.log = log;
    }

    public int errno() {
        return errno;
    }

    /** libbpf's own words, the verifier's among them; may be long. */
    public String log() {
        return log;
    }

    private static String lastLine(String log) {
        String text = log.strip();
        return text.isEmpty() ? "" : " (" + text.substring(text.lastIndexOf('\n') + 1) + ")";
    }
}
