package io.fintrail.capture.libbpf;

/** libbpf or the kernel refused; {@code errno} is positive, {@link #log} what libbpf said. */
public final class BpfException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final int MAX_REASON = 160;

    private final int errno;
    private final String log;

    BpfException(String what, int errno, String log) {
        super(what + ": errno " + errno + reason(log));
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

    /** The verifier's last words on its own account; what libbpf wraps around them says only that it failed. */
    private static String reason(String log) {
        return log.lines()
                .map(String::strip)
                .filter(l -> !l.isEmpty() && !l.startsWith("libbpf:") && !l.startsWith("processed "))
                .filter(l -> !l.startsWith("-- "))
                .reduce((first, last) -> last)
                .map(l -> " (" + (l.length() > MAX_REASON ? l.substring(0, MAX_REASON) + "…" : l) + ")")
                .orElse("");
    }
}
