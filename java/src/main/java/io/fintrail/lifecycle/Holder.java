package io.fintrail.lifecycle;

import org.jspecify.annotations.Nullable;

/**
 * A process that held the socket at {@code seenAtNs}: seen with its {@code fd} in a snapshot, or, without one, because
 * it acted on the socket in its own context. {@code comm} is hostile text. {@code inode} is the socket's, 0 if unknown.
 */
public record Holder(int pid, String comm, @Nullable Integer fd, long inode, long seenAtNs) {
    static Holder actor(int pid, String comm, long seenAtNs) {
        return new Holder(pid, comm, null, 0, seenAtNs);
    }
}
