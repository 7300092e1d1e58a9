package io.fintrail.capture;

import io.fintrail.capture.libbpf.MapValue;
import io.fintrail.capture.libbpf.ProgramInfo;
import io.fintrail.event.Gap;
import io.fintrail.event.RecordSink;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import java.util.List;

/** Turns what the kernel counts as lost since the last look into gaps. One thread. */
final class LossMeter implements Losses {
    private final MapValue counters;
    private final List<Tracepoint> tracepoints;
    private final ProgramInfo[] programs;
    private final long[] missed;
    private long ringFull;
    private long refused;
    private long straysRefused;
    private long endsMissed;
    private long lastLookNs;

    LossMeter(MapValue counters, List<Tracepoint> tracepoints, List<ProgramInfo> programs, long nowNs) {
        this.counters = counters;
        this.tracepoints = tracepoints;
        this.programs = programs.toArray(ProgramInfo[]::new);
        this.missed = new long[programs.size()];
        this.lastLookNs = nowNs;
    }

    /**
     * Call before the CLOCK that covers {@code nowNs}, so that no deadline fires without knowing of the gap.
     *
     * @return whether anything was lost since the last look
     */
    @Override
    public boolean look(long nowNs, RecordSink sink) {
        boolean lost = false;
        for (ProgramInfo program : programs) {
            program.refresh();
        }
        counters.refresh(); // after the misses: whoever stands in does it after the miss
        long full = counters.longAt(TcpEventLayout.COUNTERS_RING_FULL);
        if (full != ringFull) {
            tell(nowNs, full - ringFull, TcpEventKind.UNKNOWN, "ring full", sink);
            ringFull = full;
            lost = true;
        }
        refused =
                tellOfConnections(nowNs, TcpEventLayout.COUNTERS_STORIES_REFUSED, refused, Gap.TOO_MANY_STORIES, sink);
        long strays = counters.longAt(TcpEventLayout.COUNTERS_STRAYS_REFUSED);
        if (strays != straysRefused) {
            tell(nowNs, strays - straysRefused, TcpEventKind.SEGMENT_FREED, Gap.TOO_MANY_STRAYS, sink);
            tell(nowNs, strays - straysRefused, TcpEventKind.RESET_SENT, Gap.TOO_MANY_STRAYS, sink);
            straysRefused = strays;
        }
        endsMissed = tellOfConnections(nowNs, TcpEventLayout.COUNTERS_ENDS_MISSED, endsMissed, Gap.END_MISSED, sink);
        for (int i = 0; i < programs.length; i++) {
            long misses = programs[i].recursionMisses();
            if (tracepoints.get(i).hasStandIn()) {
                misses -= counters.longAt(TcpEventLayout.COUNTERS_STOOD_IN);
            }
            if (misses > missed[i]) {
                tell(nowNs, misses - missed[i], tracepoints.get(i).kind(), "recursion miss", sink);
                missed[i] = misses;
                lost = true;
            }
        }
        lastLookNs = nowNs;
        return lost;
    }

    private long tellOfConnections(long nowNs, int counter, long before, String cause, RecordSink sink) {
        long now = counters.longAt(counter);
        if (now != before) {
            tell(nowNs, now - before, TcpEventKind.UNKNOWN, cause, sink);
        }
        return now;
    }

    private void tell(long nowNs, long count, TcpEventKind kind, String cause, RecordSink sink) {
        sink.gap(new Gap(lastLookNs, nowNs, count, kind, cause));
    }
}
