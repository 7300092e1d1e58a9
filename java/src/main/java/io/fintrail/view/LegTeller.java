package io.fintrail.view;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.ArrayList;
import java.util.List;

/** The lines of one connection, in its own order. */
final class LegTeller {
    private final StoryLog log;
    private final SocketLifecycle story;
    private final int leg;
    private final StorySpan span;
    private final TransitionText transitions = new TransitionText();
    private String turn = Turn.NOBODYS;

    LegTeller(StoryLog log, int leg, StorySpan span) {
        this.log = log;
        this.story = log.story();
        this.leg = leg;
        this.span = span;
    }

    List<StoryLine> lines() {
        List<StoryLine> lines = new ArrayList<>();
        for (LogEntry entry : log.entries()) {
            lines.add(line(entry));
        }
        if (story.ending().minisockExpired()) {
            turn = Turn.OVER;
            lines.add(line(
                    story.minisockEndNs(),
                    false,
                    "the minisock's time is up: the kernel waits for the peer's FIN no more"));
        }
        return lines;
    }

    private StoryLine line(LogEntry entry) {
        if (entry instanceof LogEntry.Fact fact) {
            return fact(fact);
        }
        if (entry instanceof LogEntry.Looks looks) {
            return looks(looks);
        }
        LogEntry.Omitted omitted = (LogEntry.Omitted) entry;
        return line(omitted.firstNs(), false, omitted.count() + " lines are left out here");
    }

    private StoryLine line(long atNs, boolean isLook, String text) {
        return new StoryLine(atNs, atNs, leg, isLook, text, turn, null);
    }

    private StoryLine fact(LogEntry.Fact fact) {
        TcpEvent event = fact.evidence().event();
        boolean transition = event.kind() == TcpEventKind.STATE;
        String text = transition
                ? transitions.of(event)
                : EventText.of(fact.evidence(), story, transitions.peerFinNs()) + again(fact);
        turn = turnAfter(event);
        return new StoryLine(
                event.ktimeNs(), fact.lastNs(), leg, false, text, turn, event.hasSocketFacts() ? event : null);
    }

    private String again(LogEntry.Fact fact) {
        return fact.count() == 1 ? "" : ", " + fact.count() + " times until " + span.at(fact.lastNs());
    }

    private String turnAfter(TcpEvent event) {
        return switch (event.kind()) {
            case STATE -> Turn.after(event);
            case RETRANSMIT, EOF_READ -> Turn.in(event.newState());
            case RESET_RECEIVED -> Turn.OVER;
            case SEGMENT_FREED -> turnAfterFreed(event);
            default -> turn;
        };
    }

    private String turnAfterFreed(TcpEvent event) {
        if (EventText.isAwaitedFin(event, story)) {
            return Turn.FIN_AGAIN;
        }
        boolean minisockTookIt = event.oldState() == TcpState.TIME_WAIT;
        return minisockTookIt ? Turn.OVER : turn;
    }

    private StoryLine looks(LogEntry.Looks looks) {
        LookFacts facts = looks.facts();
        if (facts != null) {
            turn = Turn.of(facts);
        }
        TcpEvent row = looks.row();
        String until = looks.count() == 1 ? "" : span.at(looks.lastNs());
        return new StoryLine(
                looks.firstNs(),
                looks.lastNs(),
                leg,
                true,
                LookText.of(looks, until, log.looksFolded()),
                turn,
                row != null && row.hasSocketFacts() ? row : null);
    }
}
