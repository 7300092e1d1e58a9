package io.fintrail.capture;

import io.fintrail.capture.libbpf.MappedRing;
import io.fintrail.capture.libbpf.ProgramInfo;
import io.fintrail.event.HostNote;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a {@link Tracer} has in the kernel: programs with their rings, or nothing. Owned by one thread. */
interface KernelSide extends AutoCloseable {
    List<MappedRing> rings();

    /** Whether its programs look at sockets. */
    boolean canLook();

    /** What counts its losses from {@code nowNs} on. */
    Losses losses(long nowNs);

    /** @param diag looks at sockets in place of the programs; null where {@link #canLook} */
    Snapshotter snapshotter(
            Queue<HostNote> notes, SnapshotSchedule schedule, @Nullable HaproxyStats haproxy, @Nullable DiagLook diag);

    List<ProgramInfo> programs();

    /** Adds to what the session says. */
    void describe(TreeMap<String, String> fields);

    /** No event is made any more; the rings stay readable. */
    void detach();

    @Override
    void close();
}
