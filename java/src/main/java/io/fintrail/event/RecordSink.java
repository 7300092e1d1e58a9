package io.fintrail.event;

import java.nio.ByteBuffer;

/**
 * Where capture puts what it takes from the kernel. Called from the one thread that drains.
 */
public interface RecordSink {
    void session(Session session);

    /**
     * One drain: the records between {@code records}' position and limit, {@link TcpEventLayout#SIZE} bytes each,
     * sorted by ktime. The buffer is reused after the call.
     */
    void batch(ByteBuffer records);

    /**
     * Everything before {@code drainedToNs} has been given.
     *
     * @return whether everything on the host should be looked at and described again: what was said of it before may be
     *     gone
     */
    boolean clock(long drainedToNs, long wallOffsetNs);

    void gap(Gap gap);

    void note(HostNote note);

    void end(long ktimeNs);
}
