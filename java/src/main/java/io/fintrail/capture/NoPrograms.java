package io.fintrail.capture;

import io.fintrail.capture.libbpf.MappedRing;
import io.fintrail.capture.libbpf.ProgramInfo;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Nothing in the kernel: for a look by inet_diag, which needs neither BPF nor BTF. */
final class NoPrograms implements KernelSide {
    private final CaptureFilter filter;

    NoPrograms(CaptureFilter filter) {
        this.filter = filter;
    }

    @Override
    public List<MappedRing> rings() {
        return List.of();
    }

    @Override
    public boolean canLook() {
        return false;
    }

    @Override
    public Losses losses(long nowNs) {
        return (atNs, sink) -> false;
    }

    @Override
    public Snapshotter snapshotter(
            Queue<HostNote> notes, SnapshotSchedule schedule, @Nullable HaproxyStats haproxy, @Nullable DiagLook diag) {
        return Snapshotter.byDiag(diag, rings(), filter.netns(), notes, schedule, haproxy);
    }

    @Override
    public List<ProgramInfo> programs() {
        return List.of();
    }

    @Override
    public void describe(TreeMap<String, String> fields) {
        fields.put("programs", "");
        fields.put("receiving-socket", "false");
        fields.put("looks", Session.LOOKS_BY_DIAG);
    }

    @Override
    public void detach() {}

    @Override
    public void close() {}
}
