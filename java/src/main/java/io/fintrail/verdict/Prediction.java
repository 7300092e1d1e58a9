package io.fintrail.verdict;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.Ownership;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.Locale;

/** When, and by which limit, the kernel itself will end a socket - or that only an application can. */
final class Prediction {
    private static final long MILLISECOND_NS = 1_000_000;
    private static final int PROBE_TIMER = 3;

    private Prediction() {}

    static KernelEnd of(SocketLifecycle story) {
        if (story.ending().wentToFinWait2Minisock() && story.state() == TcpState.FIN_WAIT2) {
            return new KernelEnd(
                    story.minisockEndNs(), false, limitOfMinisock(story), "the time-wait minisock's timer");
        }
        if (story.ending().close() != null || story.metClosed()) {
            return never(
                    story.heldClosedAtNs() != null && story.destroyedAtNs() == null
                            ? "the connection is over; only its holder's close() frees the socket"
                            : "the socket has ended");
        }
        TcpEvent look = story.look();
        boolean isOfNow = look != null && look.newState() == story.state() && look.ktimeNs() >= story.sinceNs();
        return look != null && isOfNow ? fromLook(story, look) : fromEvents(story);
    }

    private static String limitOfMinisock(SocketLifecycle story) {
        TcpEvent close = story.ending().close();
        return close != null && close.linger2Jiffies() > 0 ? "TCP_LINGER2" : "tcp_fin_timeout";
    }

    static KernelEnd never(String why) {
        return new KernelEnd(null, false, null, why);
    }

    private static KernelEnd fromEvents(SocketLifecycle story) {
        boolean noTimer = story.state() == TcpState.FIN_WAIT2 || story.state() == TcpState.CLOSE_WAIT;
        TcpEvent facts = story.lastFacts();
        if (noTimer && story.ownership() == Ownership.HELD && facts != null) {
            return never(
                    facts.keepsAlive()
                            ? "keep-alive, if the peer answers no probe; else nothing but an application"
                            : "nothing but an application: it is held, and no kernel timer runs");
        }
        return never(
                story.state() == TcpState.ESTABLISHED
                        ? "seen from here the connection is open: the kernel has no reason to end it"
                        : "not known from events; the next snapshot reads the socket's timer");
    }

    private static KernelEnd fromLook(SocketLifecycle story, TcpEvent look) {
        if (look.isFromDiag()) {
            return DiagPrediction.of(
                    look, fromFacts(story, look), story.session().hz());
        }
        return fromFacts(story, look);
    }

    private static KernelEnd fromFacts(SocketLifecycle story, TcpEvent look) {
        TimerModel model = new TimerModel(look, story.session().hz());
        if (story.state().awaitsAckOfFin() || look.packetsOut() > 0) {
            return look.timerPending() == PROBE_TIMER ? probes(look, model) : retransmission(look, model);
        }
        if (look.timerPending() == PROBE_TIMER) {
            return probes(look, model);
        }
        TimerModel.End orphan = model.finWait2();
        if (orphan != null) {
            return at(look, orphan, "an orphan waits this long for the peer's FIN, no longer");
        }
        return keepAlive(look, model);
    }

    private static KernelEnd at(TcpEvent look, TimerModel.End end, String why) {
        return new KernelEnd(look.ktimeNs() + end.inMs() * MILLISECOND_NS, look.softError() != 0, end.by(), why);
    }

    private static KernelEnd retransmission(TcpEvent look, TimerModel model) {
        if (look.timerInJiffies().isEmpty() || look.timerPending() == 0) {
            return never("no retransmission timer runs at this moment");
        }
        if (look.sndWnd() == 0 && !look.orphaned() && look.userTimeoutMs() == 0) {
            // tcp_retransmit_timer: repeats into a window that was shut on data in flight are not counted.
            return never(
                    "the peer has shut its window on what is in flight: no limit ends the repeats while it answers");
        }
        TimerModel.End end = model.retransmission();
        if (end == null) {
            return never("no limit ends the repeats");
        }
        if (look.retransmits() == 0) {
            return never("nothing had to be repeated yet: in " + seconds(end.inMs()) + " if no acknowledgement comes");
        }
        String counted = end.by().equals("TCP_USER_TIMEOUT")
                ? end.parameter() + " ms"
                : seconds(model.modelMs((int) end.parameter())) + " (" + retriesSaid(look, end) + ")";
        return at(
                look,
                end,
                "given up at the first repeat later than " + counted
                        + " after the first one, if nothing is acknowledged"
                        + (look.softError() != 0 ? "; earlier, because ICMP errors undo the backoff" : ""));
    }

    private static String retriesSaid(TcpEvent look, TimerModel.End end) {
        boolean zeroMeansEight = look.orphaned() && look.orphanRetries() == 0 && end.parameter() == 8;
        return zeroMeansEight ? "tcp_orphan_retries 0 means 8" : end.by() + " " + end.parameter();
    }

    private static KernelEnd probes(TcpEvent look, TimerModel model) {
        TimerModel.End end = model.probes();
        if (end == null) {
            return never(
                    look.orphaned()
                            ? "the peer answers zero-window probes, and tcp_retries2 keeps their backoff short of its limit:"
                                    + " nothing ends it"
                            : "the peer answers zero-window probes: no limit ends it while an application holds it");
        }
        boolean ownLimit = end.by().equals("TCP_USER_TIMEOUT");
        if (!ownLimit && !model.probesAreAnswered() && !model.probesAreUnanswered()) {
            return never("too few zero-window probes were sent to tell: in " + seconds(end.inMs())
                    + " if none is answered, else much later");
        }
        String answer = model.probesAreAnswered()
                ? "the peer answers the probes, so only the backoff's growth ends it"
                : "given up after " + end.by() + " " + end.parameter() + " if no probe is answered";
        return at(look, end, ownLimit ? "the application's own limit" : answer);
    }

    private static KernelEnd keepAlive(TcpEvent look, TimerModel model) {
        TimerModel.End end = model.keepAlive();
        if (end == null) {
            return never(
                    look.orphaned()
                            ? "no timer of it is pending at this moment"
                            : "nothing but an application: it is held, and no kernel timer runs");
        }
        return model.keepAliveIsUnanswered()
                ? at(look, end, "keep-alive probes go unanswered")
                : never("keep-alive asks, and ends it in " + seconds(end.inMs())
                        + " at the earliest if the peer answers" + " no probe; else an application must act");
    }

    private static String seconds(long ms) {
        return String.format(Locale.ROOT, "%.1f s", ms / 1000.0);
    }
}
