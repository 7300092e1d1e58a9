package io.fintrail.event;

/**
 * What a journal says, in order: the one way from a reader to whoever makes sense of it. Called from one thread.
 */
public interface TraceSink {
    /** Comes first, and again wherever a recording was started anew. */
    void onSession(Session session);

    /** {@code event} is a flyweight that is reused after the call; {@code index} counts records from 1. */
    void onEvent(TcpEvent event, long index);

    /** Every event before {@code drainedToNs} has been delivered; {@code wallOffsetNs} is wall clock minus ktime. */
    void onClock(long drainedToNs, long wallOffsetNs);

    void onGap(Gap gap);

    /** What was read of the host; rows and events from before it have been delivered. */
    void onNote(HostNote note);

    /** The recording was ended in order at {@code ktimeNs}; what is pending stays pending. */
    void onEnd(long ktimeNs);
}
