package io.fintrail.capture;

import io.fintrail.capture.libbpf.MonotonicClock;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.util.List;

/** Fills struct tracer_config: what the programs are told before they are loaded. */
final class ProgramConfig {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final List<String> NEVER_A_LOSS =
            List.of("QUEUE_PURGE", "SOCKET_CLOSE", "CONSUMED", "NOT_DROPPED_YET", "PACKET_SOCK_ERROR");

    private ProgramConfig() {}

    /** @param config zeroed, in native order */
    static void write(ByteBuffer config, CaptureFilter filter, KernelShape shape, boolean pairs, SnapshotPlan plan) {
        long jiffyNs = SECOND_NS / new MonotonicClock().hz();
        filter.writeTo(config);
        config.put(TcpEventLayout.CONFIG_HAS_SOCKET_COOKIE, flag(shape.hasSocketCookie()));
        config.put(TcpEventLayout.CONFIG_HAS_DROP_REASON, flag(shape.hasDropReason()));
        config.put(TcpEventLayout.CONFIG_HAS_RECEIVING_SOCKET, flag(shape.hasReceivingSocket()));
        config.put(TcpEventLayout.CONFIG_HAS_RESET_REASON, flag(shape.hasResetReason()));
        config.put(TcpEventLayout.CONFIG_HAS_RETRANSMIT_ERROR, flag(shape.hasRetransmitError()));
        config.put(TcpEventLayout.CONFIG_PAIRS, flag(pairs));
        config.putInt(TcpEventLayout.CONFIG_STUCK_AFTER_JIFFIES, (int) (plan.stuckAfterNs() / jiffyNs));
        config.putLong(TcpEventLayout.CONFIG_STUCK_AFTER_NS, plan.stuckAfterNs());
        config.putLong(TcpEventLayout.CONFIG_JIFFY_NS, jiffyNs);
        config.putInt(TcpEventLayout.CONFIG_MOST_STORIES, plan.mostStories());
        config.putLong(TcpEventLayout.CONFIG_FIREWALL_FROM, shape.firewall().from());
        config.putLong(TcpEventLayout.CONFIG_FIREWALL_TO, shape.firewall().to());
        shape.dropReasons().forEach((number, name) -> {
            if (name.equals("NOT_SPECIFIED")) {
                config.putInt(TcpEventLayout.CONFIG_REASON_NOT_SPECIFIED, number);
            }
            if (NEVER_A_LOSS.contains(name) && number < 256) {
                int word = TcpEventLayout.CONFIG_REASON_IGNORED + 8 * (number / 64);
                config.putLong(word, config.getLong(word) | 1L << (number % 64));
            }
        });
    }

    private static byte flag(boolean set) {
        return (byte) (set ? 1 : 0);
    }
}
