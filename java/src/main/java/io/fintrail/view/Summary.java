package io.fintrail.view;

import io.fintrail.event.TcpState;
import io.fintrail.verdict.VerdictName;
import java.util.List;
import java.util.Map;

/**
 * What a run saw in all: {@code verdicts} are final ones, {@code standing} what was pending at its end, {@code tracked}
 * the stories still held then, {@code sockets} what the newest full snapshot saw in each state (FIN_WAIT2 minisocks
 * count as FIN_WAIT2), {@code costs} empty unless measured.
 */
public record Summary(
        long events,
        long lost,
        long evicted,
        long tracked,
        Map<VerdictName, Long> verdicts,
        Map<VerdictName, Long> standing,
        Map<TcpState, Long> sockets,
        List<Cost> costs) {
    /** What one BPF program cost the kernel; measured only when asked for. */
    public record Cost(String program, long runs, long ns) {}

    long connections() {
        return sum(verdicts) + sum(standing);
    }

    private static long sum(Map<VerdictName, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
