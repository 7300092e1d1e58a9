package io.fintrail.capture;

import java.nio.file.Files;
import java.nio.file.Path;

/** The limits that a namespace sets for its sockets, in the record's units; {@code rtoMaxJiffies} is 0 before 6.15. */
record NamespaceLimits(
        int finTimeoutJiffies,
        int orphanRetries,
        int retries2,
        int keepaliveTimeJiffies,
        int keepaliveIntervalJiffies,
        int keepaliveProbes,
        int rtoMaxJiffies) {
    private static final Path FOLDER = Path.of("/proc/sys/net/ipv4");
    private static final String RTO_MAX = "tcp_rto_max_ms";

    /**
     * Of the namespace that the calling thread is in; /proc/sys/net shows that one.
     *
     * @throws DiagException where they are hidden: 0 would be taken for a limit
     */
    static NamespaceLimits read(int hz) {
        return new NamespaceLimits(
                hz * number("tcp_fin_timeout"),
                number("tcp_orphan_retries"),
                number("tcp_retries2"),
                hz * number("tcp_keepalive_time"),
                hz * number("tcp_keepalive_intvl"),
                number("tcp_keepalive_probes"),
                Files.exists(FOLDER.resolve(RTO_MAX)) ? (int) ((long) number(RTO_MAX) * hz / 1000) : 0);
    }

    private static int number(String name) {
        String line = HostFacts.firstLine(FOLDER.resolve(name));
        if (!line.matches("\\d{1,9}")) {
            throw new DiagException(FOLDER.resolve(name) + " cannot be read, and it says when sockets end", 0);
        }
        return Integer.parseInt(line);
    }
}
