package io.fintrail.view;

import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;

/** What to say of a connection that no verdict holds for. */
final class StateNow {
    private StateNow() {}

    static String of(ConnectionStory told, StorySpan span, long endNs) {
        SocketLifecycle story = told.log().story();
        if (story.subflow()) {
            return "NO VERDICT: it is one path of an MPTCP connection, and the connection itself is what is judged.";
        }
        if (!story.wasConnected()) {
            return "NO VERDICT: it never was connected, so there was nothing to close.";
        }
        if (story.metClosed()) {
            return "NO VERDICT: it was met after its close, held for a moment as any may be.";
        }
        Verdict past = told.verdict();
        String before = past == null
                ? ""
                : " At " + span.at(past.atNs()) + " it was judged " + past.name() + "; that has passed.";
        return "NO VERDICT: nothing is wrong with its close as far as the journal goes. " + state(told, span, endNs)
                + before;
    }

    private static String state(ConnectionStory told, StorySpan span, long endNs) {
        SocketLifecycle story = told.log().story();
        String when = "Its state " + (told.isOver() ? "at the end" : "when the journal ends") + ": ";
        if (story.state() == TcpState.NONE) {
            return when + "not known.";
        }
        String since = story.sinceNs() < span.beginNs() ? "before the story begins" : span.at(story.sinceNs());
        return when + story.state() + " since " + since + (story.sinceIsAtLeast() ? " at the latest" : "") + ", for "
                + WallClock.duration(Math.max(0, endNs - story.sinceNs()))
                + (story.sinceIsAtLeast() ? " or more." : ".");
    }
}
