package io.fintrail.verdict;

import static io.fintrail.verdict.Judgement.certain;
import static io.fintrail.verdict.Judgement.inconclusive;
import static io.fintrail.verdict.Judgement.inferred;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.Leg;
import io.fintrail.lifecycle.LocalFin;
import io.fintrail.lifecycle.Ownership;
import io.fintrail.lifecycle.SocketLifecycle;
import org.jspecify.annotations.Nullable;

/**
 * Sockets that stand half-closed. From events alone, "it still stands" is the absence of an event: where one may have
 * been lost since the last, only a look at the socket itself could tell.
 */
final class StandingRules {
    private static final int PROBE_TIMER = 3;

    /** A snapshot's rows, until it is complete and a moment longer, say what is. */
    private static final long FRESH_NS = 2_000_000_000L;

    /** What is not told of a leg that is told for the other one's sake. */
    static final String OUTSIDE =
            "this connection are outside --port or --address, which let it through only as the other leg of one inside";

    private StandingRules() {}

    static @Nullable Judgement dropped(SocketLifecycle story, long nowNs) {
        Judgement judgement = CloseRules.dropped(story, nowNs);
        return judgement != null && story.ending().close() == null && mayHaveMovedOn(story, nowNs)
                ? inconclusive("events were lost since its last: a copy of the peer's FIN may have come")
                : judgement;
    }

    static @Nullable Judgement judge(SocketLifecycle story, long nowNs) {
        Judgement judgement = byState(story, nowNs);
        if (judgement == null) {
            return null;
        }
        return mayHaveMovedOn(story, nowNs)
                ? inconclusive("events were lost since its last: it may have closed meanwhile")
                : judgement;
    }

    private static boolean mayHaveMovedOn(SocketLifecycle story, long nowNs) {
        return story.mayHaveMissed(TcpEventKind.STATE, story.lastEventNs(), nowNs);
    }

    private static @Nullable Judgement byState(SocketLifecycle story, long nowNs) {
        return switch (story.state()) {
            case ESTABLISHED -> seemsOpen(story);
            case FIN_WAIT1, CLOSING, LAST_ACK -> awaitingAck(story);
            case FIN_WAIT2 -> finMissing(story, nowNs);
            case CLOSE_WAIT -> closeWait(story, nowNs);
            default -> null;
        };
    }

    private static @Nullable Judgement seemsOpen(SocketLifecycle story) {
        TcpEvent look = story.look();
        if (look == null || story.doubtSinceNs() == null) {
            return null;
        }
        if (look.is(TcpEventLayout.FLAG_OUT_OF_ORDER_FIN)) {
            return certain(VerdictName.FIN_OUT_OF_ORDER);
        }
        return look.isFromDiag() && look.is(TcpEventLayout.FLAG_OUT_OF_ORDER)
                ? inconclusive(
                        "whether the peer's FIN waits behind a hole: inet_diag tells only that something takes memory"
                                + " which nobody can read yet (socket iterators tell more: 5.9 with BTF)")
                : inferred(
                        VerdictName.HALF_OPEN,
                        "whether the peer still knows the connection: a keep-alive probe, or anything sent, would tell");
    }

    private static Judgement awaitingAck(SocketLifecycle story) {
        TcpEvent look = story.lookAtPresentState();
        if (look != null) {
            return look.sndNxt() == look.writeSeq() ? certain(VerdictName.FIN_RETRANSMITTING) : unsent(look);
        }
        LocalFin fin = story.localFin();
        if (!fin.retransmits().isEmpty()) {
            return certain(VerdictName.FIN_RETRANSMITTING);
        }
        if (!fin.refusals().isEmpty()) {
            return certain(VerdictName.FIN_UNSENT_LOCAL_EGRESS);
        }
        TcpEvent facts = story.lastFacts();
        // A window that is only smaller than what is queued is any transfer's.
        boolean windowShut = facts != null && facts.usableWindow() <= 0;
        if (windowShut && fin.unsentBytesAhead() > 0) {
            return inferred(
                    VerdictName.FIN_UNSENT_ZERO_WINDOW,
                    "the socket's present window, which the next snapshot reads: when the FIN was queued, "
                            + fin.unsentBytesAhead() + " bytes stood unsent before it");
        }
        return inferred(
                VerdictName.FIN_UNSENT_QUEUED,
                "the socket's present numbers, which the next snapshot reads: no repeat of the FIN and no drop of it was"
                        + " seen");
    }

    /** With nothing in flight, what stands unsent is held back by the peer's window or by this host itself. */
    private static Judgement unsent(TcpEvent look) {
        if (!look.knowsWindow()) {
            // Only a peer whose window is shut answers one probe after the other.
            return look.timerPending() == PROBE_TIMER && look.backoff() > look.probesOut()
                    ? certain(VerdictName.FIN_UNSENT_ZERO_WINDOW)
                    : inconclusive(
                            "the peer's window, which this kernel's inet_diag does not tell (5.4 does): our FIN is not"
                                    + " sent, held back by it or by this host");
        }
        if (look.usableWindow() <= 0) {
            return certain(VerdictName.FIN_UNSENT_ZERO_WINDOW);
        }
        boolean refused = look.packetsOut() == 0 && (look.timerPending() == PROBE_TIMER || look.probesOut() > 0);
        return refused ? certain(VerdictName.FIN_UNSENT_LOCAL_EGRESS) : certain(VerdictName.FIN_UNSENT_QUEUED);
    }

    private static @Nullable Judgement finMissing(SocketLifecycle story, long nowNs) {
        if (story.ending().wentToFinWait2Minisock()) {
            return CloseRules.expiredOrphan(story, nowNs);
        }
        TcpEvent facts = story.lastFacts();
        if (facts != null && facts.is(TcpEventLayout.FLAG_OUT_OF_ORDER_FIN)) {
            return certain(VerdictName.FIN_OUT_OF_ORDER);
        }
        boolean mayBeBehindHole =
                facts != null && facts.is(TcpEventLayout.FLAG_OUT_OF_ORDER) && !showsFinBehindHole(facts);
        if (mayBeBehindHole) {
            return inferred(
                    VerdictName.FIN_OUT_OF_ORDER,
                    "whether the peer's FIN is among the segments that wait behind the hole");
        }
        VerdictName name =
                story.ownership() == Ownership.ORPHAN ? VerdictName.FIN_MISSING_ORPHAN : VerdictName.FIN_MISSING_HELD;
        if (facts != null && facts.isFromDiag() && facts.rcvNxt() != facts.copiedSeq()) {
            return inferred(
                    name,
                    "whether the peer's FIN waits behind a hole: inet_diag tells that only where all is read; or whether this"
                            + " host dropped it (firewall counters)");
        }
        if (!story.session().sees("kfree_skb") || !story.session().namesReceivingSocket()) {
            return inferred(name, "whether this host dropped the peer's FIN (firewall counters)");
        }
        if (story.isOutsideFilters()) {
            return inferred(name, "whether this host dropped the peer's FIN: drops on " + OUTSIDE);
        }
        if (story.sinceIsAtLeast()) {
            return inferred(name, "whether this host dropped the peer's FIN before it was watched (firewall counters)");
        }
        return story.mayHaveMissed(TcpEventKind.SEGMENT_FREED, story.sinceNs(), nowNs)
                ? inferred(name, "whether this host dropped the peer's FIN: events of that kind were lost")
                : certain(name);
    }

    /** An iterator's row would say so; an event only knows of the hole, and inet_diag of what memory it takes. */
    private static boolean showsFinBehindHole(TcpEvent facts) {
        return facts.kind() == TcpEventKind.SOCKET && !facts.isFromDiag();
    }

    private static Judgement closeWait(SocketLifecycle story, long nowNs) {
        Leg other = legThatIsAwaited(story);
        if (other != null) {
            return inferred(VerdictName.CLOSE_WAIT_PAIRED, "whether the two belong together: " + tells(other));
        }
        int legs = story.possibleLegs().size();
        if (legs > 0 && story.possibleLegs().stream().allMatch(StandingRules::waits)) {
            return inferred(
                    VerdictName.CLOSE_WAIT_PAIRED,
                    "which leg is the other one: one thread read EOF here and on others, and at once shut as many legs ("
                            + legs + ")");
        }
        if (story.eofReadAtNs() != null) {
            return certain(VerdictName.CLOSE_WAIT_EOF_MAYBE_READ);
        }
        TcpEvent look = story.lookAtPresentState();
        return look != null ? closeWaitBy(story, look, nowNs) : closeWaitFromEvents(story, nowNs);
    }

    /** Whoever has not read EOF waits for nothing yet. */
    private static @Nullable Leg legThatIsAwaited(SocketLifecycle story) {
        boolean isRead = story.isReadToTheEnd();
        for (Leg leg : story.legs()) {
            SocketLifecycle other = leg.story();
            if (other != null && leg.isEvidence() && waits(other) && (isRead || leg.how() == Leg.How.EOF_THEN_SHUT)) {
                return leg;
            }
        }
        return null;
    }

    private static String tells(Leg leg) {
        return switch (leg.how()) {
            case EOF_THEN_SHUT -> "one thread read EOF here and at once shut the other leg";
            case READ_THEN_CONNECT -> "one thread looked into the one leg and then connected the other";
            case SAME_LENGTH, NEXT_SEND -> "one thread read from the one leg and then sent on the other";
            case SAME_BYTES_AND_TIMES -> "they have carried as many bytes, at the same times";
        };
    }

    /** A leg that was shut, and whose peer has not closed. */
    private static boolean waits(SocketLifecycle leg) {
        return leg.ownership() != Ownership.ORPHAN
                && (leg.state().awaitsAckOfFin() || leg.state() == TcpState.FIN_WAIT2);
    }

    private static Judgement closeWaitBy(SocketLifecycle story, TcpEvent look, long nowNs) {
        boolean isOfNow = nowNs - look.ktimeNs() <= FRESH_NS;
        if (!look.hasSocketFile() && !look.orphaned()) {
            return isOfNow
                    ? certain(VerdictName.CLOSE_WAIT_UNACCEPTED)
                    : inferred(
                            VerdictName.CLOSE_WAIT_UNACCEPTED,
                            "whether it was accepted since the last snapshot: accept() leaves no event");
        }
        if (look.rcvNxt() != look.copiedSeq() && !isOfNow) {
            return inferred(
                    VerdictName.CLOSE_WAIT_EOF_UNREAD,
                    "whether it was read since the last snapshot: splice() and io_uring read without an event");
        }
        if (look.rcvNxt() != look.copiedSeq()) {
            return story.mayHaveMissed(TcpEventKind.EOF_READ, look.ktimeNs(), nowNs)
                    ? inferred(
                            VerdictName.CLOSE_WAIT_EOF_UNREAD,
                            "whether EOF was read since the last snapshot: events of that kind were lost")
                    : certain(VerdictName.CLOSE_WAIT_EOF_UNREAD);
        }
        return story.session().sees("sock_recv_length")
                ? inferred(
                        VerdictName.CLOSE_WAIT_EOF_MAYBE_READ,
                        "whether EOF itself was delivered: all data was read, and the read that returned 0, if there"
                                + " was one, came before tracing or through splice() or io_uring")
                : readsNotTraced(
                        story,
                        "whether EOF itself was delivered: all data was read, and nothing that traces reads is attached"
                                + " (sock_recv_length, 6.3)");
    }

    private static Judgement readsNotTraced(SocketLifecycle story, String missing) {
        return story.mayAwaitLeg()
                ? new Judgement(
                        VerdictName.CLOSE_WAIT_EOF_MAYBE_READ,
                        Certainty.INCONCLUSIVE,
                        "whether it waits for the other leg of a proxied session: another connection may have been shut for"
                                + " its sake, and nothing that traces reads is attached (sock_recv_length, 6.3)")
                : inferred(VerdictName.CLOSE_WAIT_EOF_MAYBE_READ, missing);
    }

    private static Judgement closeWaitFromEvents(SocketLifecycle story, long nowNs) {
        if (story.ownership() == Ownership.UNACCEPTED) {
            return inferred(
                    VerdictName.CLOSE_WAIT_UNACCEPTED,
                    "whether it was accepted since: accept() leaves no event; the next snapshot tells");
        }
        if (!story.session().sees("sock_recv_length")) {
            return readsNotTraced(
                    story,
                    "whether the application read EOF: this kernel does not tell (6.3 does); the next snapshot does");
        }
        if (story.mayHaveMissed(TcpEventKind.EOF_READ, story.sinceNs(), nowNs)) {
            return inferred(
                    VerdictName.CLOSE_WAIT_EOF_MAYBE_READ,
                    "whether the application read EOF: events of that kind were lost; the next snapshot tells");
        }
        return inferred(
                VerdictName.CLOSE_WAIT_EOF_UNREAD,
                "the next snapshot: splice() and io_uring read without the event that shows it");
    }
}
