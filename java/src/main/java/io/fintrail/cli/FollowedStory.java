package io.fintrail.cli;

import io.fintrail.event.TcpEvent;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;
import io.fintrail.view.ConnectionStory;
import io.fintrail.view.Recording;
import io.fintrail.view.StoryLog;
import org.jspecify.annotations.Nullable;

/** One connection as it is read, with the other leg of its session and the peer's own socket once they are known. */
final class FollowedStory {
    /** Both ends read their numbers at different moments; another connection's lie anywhere in 32 bits. */
    private static final int SAME_CONNECTION = 1 << 24;

    private final StoryLog log;
    private @Nullable StoryLog otherLeg;
    private @Nullable SocketLifecycle otherEnd;
    private @Nullable Verdict verdict;
    private @Nullable Verdict otherVerdict;

    FollowedStory(StoryLog log) {
        this.log = log;
    }

    void onFolded(SocketLifecycle story, Evidence evidence, Recording recording) {
        SocketLifecycle it = log.story();
        SocketLifecycle leg = it.otherLeg();
        if (leg != null && (otherLeg == null || otherLeg.story() != leg)) {
            otherLeg = new StoryLog(leg, recording);
            otherVerdict = null;
        }
        if (story == it) {
            log.add(evidence);
        } else if (isOtherLeg(story) && otherLeg != null) {
            otherLeg.add(evidence);
        } else if (otherEnd == null && isOtherEnd(story)) {
            otherEnd = story;
        }
    }

    boolean isOtherLeg(SocketLifecycle story) {
        return otherLeg != null && otherLeg.story() == story;
    }

    private boolean isOtherEnd(SocketLifecycle story) {
        SocketLifecycle it = log.story();
        return story.remote().equals(it.local())
                && story.local().equals(it.remote())
                && continues(it.lastNumbers(), story.lastNumbers())
                && continues(story.lastNumbers(), it.lastNumbers());
    }

    /** What one sends next is what the other expects, or nearly. */
    private static boolean continues(@Nullable TcpEvent sender, @Nullable TcpEvent receiver) {
        return sender != null && receiver != null && Math.abs(sender.sndUna() - receiver.rcvNxt()) < SAME_CONNECTION;
    }

    void onVerdict(Verdict judged) {
        if (judged.story() == log.story()) {
            verdict = judged;
        } else if (isOtherLeg(judged.story())) {
            otherVerdict = judged;
        }
    }

    ConnectionStory told(long removedBefore) {
        return new ConnectionStory(log, verdict, otherLeg, otherVerdict, otherEnd, removedBefore);
    }
}
