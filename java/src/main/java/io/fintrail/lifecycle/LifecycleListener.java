package io.fintrail.lifecycle;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;

/** Told when a story is worth a judgement. Called in order of event time, from the thread that reads the journal. */
public interface LifecycleListener {
    void onSession(Session session);

    /** Nothing more will change it, but for a segment that comes too late. */
    void onFinal(SocketLifecycle story, long nowNs);

    /** It stands half-closed longer than the session's stuck-after; called again after each later event of it. */
    void onStanding(SocketLifecycle story, long nowNs);

    /** Something came after it was final. */
    void onLateFact(SocketLifecycle story, long nowNs);

    /** The input ended while it was pending. */
    void onPending(SocketLifecycle story, long nowNs);

    void onGap(Gap gap);

    /** The recording, or a part of it, has ended, and everything of it was told; its clock is good for the last time. */
    default void onRunEnd() {}

    /** What an audit counted in place of telling it; each is of all since its beginning. */
    default void onCloses(Closes closes) {}

    /** It was given up to keep memory bounded. */
    default void onEvicted(SocketLifecycle story) {}

    /** Everything until then has been told. */
    default void onTime(long nowNs) {}

    /** It was told one more thing, as its own socket sees it; comes before whatever that leads to. */
    default void onFolded(SocketLifecycle story, Evidence evidence) {}
}
