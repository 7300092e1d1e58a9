package io.fintrail.verdict;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpState;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's timers run forward from one look at a socket, as net/ipv4/tcp_timer.c does, with nothing arriving
 * meanwhile. All times in milliseconds from the look. The timer wheel fires up to an eighth late, never early.
 */
final class TimerModel {
    /** The limit that ends the socket, and when; {@code parameter} is what the limit was set to. */
    record End(long inMs, String by, long parameter) {}

    private static final long RTO_MIN_MS = 200; // TCP_RTO_MIN, a constant in retransmits_timed_out()
    private static final long RTO_MAX_MS = 120_000;
    private static final int MOST_PROBE_BACKOFF = 10; // tcp_probe0_when(): ilog2(TCP_RTO_MAX / TCP_RTO_MIN) + 1
    private static final int MOST_STEPS = 1000; // tcp_retries2 goes to 255, each at most tcp_rto_max_ms apart

    private final TcpEvent look;
    private final double jiffyMs;
    private final long rtoMaxMs;
    private final long userTimeoutMs;
    private long rtoMs;

    TimerModel(TcpEvent look, int hz) {
        this.look = look;
        jiffyMs = 1000.0 / hz;
        rtoMaxMs = look.rtoMaxJiffies() == 0 ? RTO_MAX_MS : ms(look.rtoMaxJiffies());
        rtoMs = ms(look.rtoJiffies());
        userTimeoutMs = look.userTimeoutMs();
    }

    private long ms(long jiffies) {
        return Math.round(jiffies * jiffyMs);
    }

    private long timerMs() {
        return Math.max(0, ms(look.timerInJiffies().orElse(0)));
    }

    /** tcp_retransmit_timer() and tcp_write_timeout(); null where {@value #MOST_STEPS} steps reach no end. */
    @Nullable
    End retransmission() {
        boolean probeFirst = look.timerPending() != 1; // a tail-loss probe, then tcp_rearm_rto()
        long atMs = probeFirst ? timerMs() + rtoMs : timerMs();
        boolean repeated = look.retransmits() > 0;
        long startMs = repeated ? -look.retransmittingMs().orElse(0) : atMs;
        for (int step = 0; step < MOST_STEPS; step++) {
            long limitMs = userTimeoutMs != 0 ? userTimeoutMs : modelMs(retries(rtoMs < rtoMaxMs));
            if (repeated && atMs - startMs >= limitMs) {
                return end(atMs, rtoMs < rtoMaxMs);
            }
            repeated = true;
            rtoMs = Math.min(2 * rtoMs, rtoMaxMs);
            atMs += userTimeoutMs == 0 ? rtoMs : Math.min(rtoMs, Math.max(1, userTimeoutMs - (atMs - startMs)));
        }
        return null;
    }

    private End end(long atMs, boolean alive) {
        if (userTimeoutMs != 0) {
            return new End(atMs, "TCP_USER_TIMEOUT", userTimeoutMs);
        }
        return look.orphaned()
                ? new End(atMs, "tcp_orphan_retries", retries(alive))
                : new End(atMs, "tcp_retries2", look.retries2());
    }

    /** tcp_orphan_retries(), for a held socket tcp_retries2. */
    private int retries(boolean alive) {
        if (!look.orphaned()) {
            return look.retries2();
        }
        int retries = look.softError() != 0 && !alive ? 0 : look.orphanRetries();
        return retries == 0 && alive ? 8 : retries;
    }

    /** tcp_model_timeout(): a number of retries as a time. */
    long modelMs(int retries) {
        int doubling = 63 - Long.numberOfLeadingZeros(Math.max(1, rtoMaxMs / RTO_MIN_MS));
        if (retries <= doubling) {
            return ((2L << retries) - 1) * RTO_MIN_MS;
        }
        return ((2L << doubling) - 1) * RTO_MIN_MS + (retries - doubling) * rtoMaxMs;
    }

    /** Every ACK sets icsk_probes_out to 0 (tcp_ack), and leaves the backoff as it is while the window stays shut. */
    boolean probesAreAnswered() {
        return look.backoff() > look.probesOut();
    }

    /** Two in a row: answers are rate-limited (tcp_oow_rate_limited). Where this host refuses to send, none can come. */
    boolean probesAreUnanswered() {
        return !probesAreAnswered() && (look.probesOut() > 1 || (look.knowsWindow() && look.usableWindow() > 0));
    }

    /** tcp_probe_timer() and tcp_send_probe0(); null where no limit is ever reached. */
    @Nullable
    End probes() {
        long atMs = timerMs();
        int probes = look.probesOut();
        int backoff = look.backoff();
        boolean probing = look.probingJiffies().isPresent();
        long startMs = -ms(look.probingJiffies().orElse(0));
        for (int step = 0; step < MOST_STEPS; step++) {
            if (!probing) {
                probing = true;
                startMs = atMs;
            } else if (userTimeoutMs != 0 && atMs - startMs >= userTimeoutMs) {
                return new End(atMs, "TCP_USER_TIMEOUT", userTimeoutMs);
            }
            boolean alive = shifted(rtoMs, backoff) < rtoMaxMs;
            int most = retries(alive);
            if (probes >= most || (look.orphaned() && !alive && backoff >= most)) {
                return end(atMs, alive);
            }
            probes = probesAreAnswered() ? 0 : probes + 1;
            backoff = Math.min(backoff + 1, look.retries2());
            long whenMs = shifted(Math.max(rtoMs, RTO_MIN_MS), Math.min(backoff, MOST_PROBE_BACKOFF));
            atMs += userTimeoutMs == 0 ? whenMs : Math.min(whenMs, Math.max(1, userTimeoutMs - (atMs - startMs)));
        }
        return null;
    }

    private long shifted(long ms, int by) {
        return Math.min(ms << Math.min(by, 30), rtoMaxMs);
    }

    /** tcp_keepalive_timer() of a peer that answers nothing from now on; null where keep-alive does not run. */
    @Nullable
    End keepAlive() {
        if (!look.keepsAlive() || look.keepaliveInJiffies().isEmpty() || look.keepaliveIntervalJiffies() == 0) {
            return null;
        }
        long atMs = Math.max(0, ms(look.keepaliveInJiffies().getAsInt()));
        long heardMs = -ms(Math.min(look.ackReceivedJiffies(), look.dataReceivedJiffies()));
        int probes = look.probesOut();
        if (probes == 0) {
            // The timer runs from what it was set at, not from what was heard since: it waits for the rest first.
            atMs = Math.max(atMs, heardMs + ms(look.keepaliveTimeJiffies()));
        }
        for (int step = 0; step < MOST_STEPS; step++) {
            boolean over = userTimeoutMs != 0
                    ? probes > 0 && atMs - heardMs >= userTimeoutMs
                    : probes >= look.keepaliveProbes();
            if (over) {
                return new End(
                        atMs,
                        userTimeoutMs != 0 ? "TCP_USER_TIMEOUT" : "keep-alive",
                        userTimeoutMs != 0 ? userTimeoutMs : look.keepaliveProbes());
            }
            probes++;
            atMs += ms(look.keepaliveIntervalJiffies());
        }
        return null;
    }

    /** A probe was sent, and a whole retransmission timeout has passed without an answer. */
    boolean keepAliveIsUnanswered() {
        long sinceProbe = (long) look.keepaliveIntervalJiffies()
                - look.keepaliveInJiffies().orElse(0);
        return look.probesOut() > 1 || (look.probesOut() == 1 && sinceProbe >= look.rtoJiffies());
    }

    /** An orphan's FIN_WAIT2 as a full socket: sk_timer, then what is over 60 s as a minisock (tcp_keepalive_timer). */
    @Nullable
    End finWait2() {
        if (look.newState() != TcpState.FIN_WAIT2
                || !look.orphaned()
                || look.keepaliveInJiffies().isEmpty()) {
            return null;
        }
        boolean own = look.linger2Jiffies() > 0;
        long finTimeMs = Math.max(ms(own ? look.linger2Jiffies() : look.finTimeoutJiffies()), rtoMs * 7 / 2);
        long minisockMs = finTimeMs > 60_000 ? Math.max(finTimeMs - 60_000, rtoMs * 7 / 2) : 0;
        return new End(
                Math.max(0, ms(look.keepaliveInJiffies().getAsInt())) + minisockMs,
                own ? "TCP_LINGER2" : "tcp_fin_timeout",
                finTimeMs);
    }
}
