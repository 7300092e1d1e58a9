package io.fintrail.verdict;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.lifecycle.ThreadActivity;
import java.util.List;
import java.util.Objects;

/**
 * Story to verdict: ONE outcome, the first rule that matches, in the order of the groups below; whatever else is true
 * is a finding. Pure: the same story at the same time gives the same verdict.
 */
public final class Judge {
    private Judge() {}

    /** The verdict on a story that is over. */
    public static Verdict judgeFinal(SocketLifecycle story, long nowNs) {
        return verdict(story, ended(story, nowNs), true, nowNs);
    }

    /** The verdict on a story that goes on. */
    public static Verdict judgeStanding(SocketLifecycle story, long nowNs) {
        Judgement judgement = StandingRules.dropped(story, nowNs);
        if (judgement == null) {
            judgement = StandingRules.judge(story, nowNs);
        }
        if (judgement == null) {
            judgement = story.ending().close() != null ? ended(story, nowNs) : unknown(story);
        }
        return verdict(story, judgement, false, nowNs);
    }

    private static Judgement ended(SocketLifecycle story, long nowNs) {
        Judgement judgement = ResetRules.judge(story);
        if (judgement == null) {
            judgement = TimeoutRules.judge(story);
        }
        if (judgement == null) {
            judgement = CloseRules.dropped(story, nowNs);
        }
        if (judgement == null) {
            judgement = CloseRules.clean(story);
        }
        if (judgement == null) {
            judgement = CloseRules.expiredOrphan(story, nowNs);
        }
        return judgement == null ? unknown(story) : judgement;
    }

    private static Judgement unknown(SocketLifecycle story) {
        if (story.chainBroken() || story.ending().close() == null) {
            return Judgement.inconclusive("a transition of this socket was lost");
        }
        return Judgement.inconclusive(
                story.owesReset()
                        ? "our own reset: none was seen after this close, and nothing else ends a socket so"
                        : "a rule for this sequence of events: fintrail has a gap there, please keep the recording and report it");
    }

    private static Verdict verdict(SocketLifecycle story, Judgement judgement, boolean isFinal, long nowNs) {
        List<Finding> findings = Findings.of(story);
        VerdictName name = judgement.name();
        return new Verdict(
                name,
                severity(story, name, findings),
                isFinal,
                false,
                judgement.certainty(),
                judgement.missing(),
                findings,
                Meaning.of(name, story),
                advice(name, story),
                mustAct(name, story),
                Prediction.of(story),
                nowNs,
                story);
    }

    /** Whoever cannot run cannot close. */
    private static List<String> advice(VerdictName name, SocketLifecycle story) {
        boolean owesClose = name == VerdictName.CLOSE_WAIT_EOF_UNREAD || name == VerdictName.CLOSE_WAIT_EOF_MAYBE_READ;
        Holder holder = owesClose ? story.holder() : null;
        ThreadActivity threads = holder == null ? null : story.threads(holder.pid());
        if (threads != null && threads.kind() == ThreadActivity.Kind.FROZEN) {
            return List.of("find out who stopped the process, or what it waits for in the kernel (kill -CONT resumes a"
                    + " stopped one)");
        }
        return name.advice().isEmpty() ? List.of() : List.of(name.advice());
    }

    private static MustAct mustAct(VerdictName name, SocketLifecycle story) {
        if (story.finMetNoMinisock()) {
            return MustAct.KERNEL_LIMIT;
        }
        boolean finWasSent = Objects.equals(story.peerFin().sentButLost(), true);
        boolean finMissing = name == VerdictName.FIN_MISSING_HELD || name == VerdictName.FIN_MISSING_ORPHAN;
        return finMissing && finWasSent ? MustAct.NETWORK : name.mustAct();
    }

    private static Severity severity(SocketLifecycle story, VerdictName name, List<Finding> findings) {
        Severity severity = name.severity();
        TcpEvent close = story.ending().close();
        boolean nothingOfOursPending = name == VerdictName.RST_RECEIVED
                && close != null
                && close.oldState() == TcpState.ESTABLISHED
                && close.unacknowledged() == 0;
        if (nothingOfOursPending) {
            severity = Severity.NOTICE;
        }
        for (Finding finding : findings) {
            severity = finding.name().severity().compareTo(severity) > 0
                    ? finding.name().severity()
                    : severity;
        }
        return severity;
    }
}
