package io.fintrail.lifecycle;

import io.fintrail.event.TcpEvent;

/** The time-wait minisock in which an orphan's FIN_WAIT2 lives on. */
public final class Minisock {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long TIME_WAIT_NS = 60 * SECOND_NS;
    static final long LONGEST_NS = TIME_WAIT_NS;

    private Minisock() {}

    /**
     * How long tcp_time_wait keeps it, in nanoseconds: tcp_fin_time(), at least 3.5 RTO; what is over 60 s was spent as a
     * full socket before the CLOSE (tcp_keepalive_timer).
     *
     * @param close the event in which the full socket became CLOSE
     * @param hz jiffies per second
     */
    public static long lifetimeNs(TcpEvent close, int hz) {
        long jiffyNs = SECOND_NS / hz;
        long finTimeNs = (close.linger2Jiffies() > 0 ? close.linger2Jiffies() : close.finTimeoutJiffies()) * jiffyNs;
        long leastNs = close.rtoJiffies() * jiffyNs * 7 / 2;
        long wholeNs = Math.max(finTimeNs, leastNs);
        return Math.max(wholeNs > TIME_WAIT_NS ? wholeNs - TIME_WAIT_NS : wholeNs, leastNs);
    }
}
