package io.fintrail.lifecycle;

import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpState;
import java.util.List;
import java.util.function.Consumer;

/** What a complete snapshot settles: who holds what, what stands, and what is gone although its end was not seen. */
final class SnapshotKeeper {
    /** An iteration may pass over a socket when its hash bucket grows meanwhile (before 6.17). */
    private static final int ABSENT_FOR_GOOD = 2;

    private static final int ABSENT_OF_AN_AUDIT = 6;

    private static final int MPTCP = 262;

    private final LifecycleListener listener;
    private final Consumer<SocketLifecycle> joinEnds;

    SnapshotKeeper(LifecycleListener listener, Consumer<SocketLifecycle> joinEnds) {
        this.listener = listener;
        this.joinEnds = joinEnds;
    }

    /**
     * @param end told of a story that is over without having been seen to end
     * @param forget told of one that is over and that no descriptor leads to any more
     */
    void settle(
            Snapshot snapshot,
            List<SocketLifecycle> stories,
            Session session,
            long nowNs,
            Consumer<SocketLifecycle> end,
            Consumer<SocketLifecycle> forget) {
        for (SocketLifecycle story : stories) {
            if (story.done) {
                tellIfHeld(story, snapshot, session, nowNs);
                // /proc names no socket that is in CLOSE: without a row of it, it may be held all the same.
                if (!session.looksByDiag() && isLetGo(story, snapshot)) {
                    forget.accept(story);
                }
                continue;
            }
            if (snapshot.holders()) {
                story.forgetHoldersBefore(snapshot.fromNs());
            }
            if (isGone(story, snapshot)) {
                story.chainBroken = true;
                end.accept(story);
                continue;
            }
            noteVanishedMinisock(story, snapshot);
            noteAtEase(story, snapshot);
            tellIfStanding(story, session, nowNs);
        }
    }

    private void tellIfHeld(SocketLifecycle story, Snapshot snapshot, Session session, long nowNs) {
        if (!showsHeldAfterClose(session)) {
            tellIfUnreleased(story, session, nowNs);
            return;
        }
        Long heldAtNs = story.heldClosedAtNs;
        boolean held = heldAtNs != null && heldAtNs >= snapshot.fromNs();
        if (held && !story.toldHeld) {
            tellThatItIsHeld(story, session, nowNs);
        }
    }

    private void tellThatItIsHeld(SocketLifecycle story, Session session, long nowNs) {
        if (story.hasLine() && nowNs - story.endedAtNs() >= session.stuckAfterNs()) {
            story.toldHeld = true;
            listener.onLateFact(story, nowNs);
        }
    }

    /** A descriptor leads a look to its socket, although that is closed: not by /proc, nor before 5.11. */
    private static boolean showsHeldAfterClose(Session session) {
        return session.findsHolders() && !session.looksByDiag();
    }

    /** It had a file when it closed, and its release was not told; taken back once that may have been lost. */
    private void tellIfUnreleased(SocketLifecycle story, Session session, long nowNs) {
        if (story.destroyedAtNs != null) {
            return;
        }
        boolean unreleased = isUnreleased(story, session, nowNs);
        story.heldClosedAtNs = unreleased ? nowNs : null;
        if (unreleased && !story.toldHeld) {
            tellThatItIsHeld(story, session, nowNs);
        } else if (!unreleased && story.toldHeld) {
            story.toldHeld = false;
            listener.onLateFact(story, nowNs);
        }
    }

    private static boolean isUnreleased(SocketLifecycle story, Session session, long nowNs) {
        TcpEvent close = story.ending().close();
        return close != null
                && close.hasSocketFile()
                && !close.orphaned()
                && !story.key.equals(story.id()) // its name has gone to the socket's next connection
                && story.protocol() != MPTCP // never seen to be released
                && session.sees("tcp_destroy_sock")
                && !story.mayHaveMissed(TcpEventKind.DESTROY, close.ktimeNs(), nowNs);
    }

    /** Its release was lost: nobody holds it, and no late FIN is waited for. */
    private static boolean isLetGo(SocketLifecycle story, Snapshot snapshot) {
        boolean finMayStillCome =
                story.ending().wentToFinWait2Minisock() && !story.peerFin().isReceived();
        return snapshot.holders()
                && story.lastEventNs < snapshot.fromNs()
                && !finMayStillCome
                && !story.mayHaveMissed(TcpEventKind.HOLDER, snapshot.fromNs(), snapshot.toNs())
                && ++story.absences >= ABSENT_FOR_GOOD;
    }

    private static boolean isGone(SocketLifecycle story, Snapshot snapshot) {
        boolean shouldBeSeen = story.protocol() != MPTCP
                && story.ending().close() == null
                && !story.ending().wentToFinWait2Minisock()
                && story.lastEventNs < snapshot.fromNs()
                && snapshot.covers(story.netns(), story.state)
                && !mayHaveLostRows(story, snapshot);
        return shouldBeSeen && ++story.absences >= ABSENT_FOR_GOOD;
    }

    /** Where every FIN into a minisock is seen, one that is gone before its time did not end by the peer's FIN. */
    private static void noteVanishedMinisock(SocketLifecycle story, Snapshot snapshot) {
        Ending ending = story.ending();
        boolean isTold = !story.session().isAudit() || ending.minisock() != null; // not of one that found no place
        boolean shouldBeSeen = isTold
                && ending.inFinWait2Minisock()
                && story.session().sees("kfree_skb")
                && story.lastEventNs < snapshot.fromNs()
                && snapshot.toNs() < story.minisockEndNs()
                && !story.mayHaveMissed(TcpEventKind.SEGMENT_FREED, ending.minisockSinceNs(), snapshot.toNs())
                && !story.mayHaveMissed(TcpEventKind.RESET_SENT, ending.minisockSinceNs(), snapshot.toNs())
                && snapshot.covers(story.netns(), TcpState.FIN_WAIT2)
                && !mayHaveLostRows(story, snapshot);
        if (shouldBeSeen && ++story.absences >= ABSENT_FOR_GOOD) {
            if (story.session().showsResetsByMinisocks()) {
                ending.minisockVanished = true;
            } else {
                ending.minisockEndedUnseen = true;
            }
        }
    }

    /** What only seems open has a row in every snapshot; without one something was heard of it. */
    private static void noteAtEase(SocketLifecycle story, Snapshot snapshot) {
        boolean shouldBeSeen = story.doubtSinceNs != null
                && story.lastEventNs < snapshot.fromNs()
                && snapshot.covers(story.netns(), TcpState.CLOSE_WAIT)
                && !mayHaveLostRows(story, snapshot);
        // An audit has a row of it in every fourth look.
        boolean isAbsent = shouldBeSeen && (!story.session().isAudit() || ++story.absences > ABSENT_OF_AN_AUDIT);
        if (isAbsent && !snapshot.everything()) {
            story.doubtSinceNs = null;
            story.standing &= story.halfClosedSinceNs != null;
        }
    }

    private static boolean mayHaveLostRows(SocketLifecycle story, Snapshot snapshot) {
        return story.mayHaveMissed(TcpEventKind.SOCKET, snapshot.fromNs(), snapshot.toNs());
    }

    private void tellIfStanding(SocketLifecycle story, Session session, long nowNs) {
        Long sinceNs = story.standsSinceNs();
        if (sinceNs == null || !story.hasLine() || story.mayHaveBecomeMinisock() || story.owesReset()) {
            return;
        }
        story.standing |= nowNs - sinceNs >= session.stuckAfterNs();
        if (story.standing && nowNs >= story.lastEventNs) {
            joinEnds.accept(story);
            listener.onStanding(story, nowNs);
        }
    }
}
