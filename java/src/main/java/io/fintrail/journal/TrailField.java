package io.fintrail.journal;

import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import java.util.List;
import java.util.stream.Stream;

/**
 * One number of the record as a trail names it. {@code sticky}: left out of a line when the socket's event before had
 * the same value; the others when they have their {@code usual} value.
 */
record TrailField(String name, int offset, int width, boolean signed, boolean sticky, long usual) {
    private static final List<TrailField> OF_ALL = List.of(
            sticky("netns", TcpEventLayout.NETNS, 4),
            sticky("protocol", TcpEventLayout.PROTOCOL, 2),
            sticky("shutdown", TcpEventLayout.SHUTDOWN, 1),
            sticky("error", TcpEventLayout.ERROR, 4),
            sticky("soft_error", TcpEventLayout.SOFT_ERROR, 4),
            sticky("write_seq", TcpEventLayout.WRITE_SEQ, 4),
            sticky("snd_una", TcpEventLayout.SND_UNA, 4),
            sticky("snd_nxt", TcpEventLayout.SND_NXT, 4),
            sticky("snd_wl1", TcpEventLayout.SND_WL1, 4),
            sticky("snd_wnd", TcpEventLayout.SND_WND, 4),
            sticky("rcv_nxt", TcpEventLayout.RCV_NXT, 4),
            sticky("copied_seq", TcpEventLayout.COPIED_SEQ, 4),
            sticky("packets_out", TcpEventLayout.PACKETS_OUT, 4),
            sticky("segments_received", TcpEventLayout.SEGMENTS_RECEIVED, 4),
            sticky("sent_bytes", TcpEventLayout.SENT_BYTES, 8),
            sticky("received_bytes", TcpEventLayout.RECEIVED_BYTES, 8),
            sticky("timer", TcpEventLayout.TIMER_PENDING, 1),
            sticky("retransmits", TcpEventLayout.RETRANSMITS, 1),
            sticky("backoff", TcpEventLayout.BACKOFF, 1),
            sticky("probes_out", TcpEventLayout.PROBES_OUT, 1),
            sticky("rto_jiffies", TcpEventLayout.RTO_JIFFIES, 4),
            sticky("user_timeout_ms", TcpEventLayout.USER_TIMEOUT_MS, 4),
            sticky("fin_timeout_jiffies", TcpEventLayout.FIN_TIMEOUT_JIFFIES, 4),
            new TrailField("linger2_jiffies", TcpEventLayout.LINGER2_JIFFIES, 4, true, true, 0),
            sticky("linger_jiffies", TcpEventLayout.LINGER_JIFFIES, 4),
            sticky("orphan_retries", TcpEventLayout.ORPHAN_RETRIES, 1),
            sticky("retries2", TcpEventLayout.RETRIES2, 1));

    private static final List<TrailField> OF_EVENT = with(
            sticky("pid", TcpEventLayout.PID, 4),
            sticky("tid", TcpEventLayout.TID, 4),
            own("segment_seq", TcpEventLayout.SEGMENT_SEQ, 4),
            own("segment_end_seq", TcpEventLayout.SEGMENT_END_SEQ, 4),
            own("segment_ack", TcpEventLayout.SEGMENT_ACK, 4),
            signed("send_error", TcpEventLayout.SEND_ERROR, 0));

    private static final List<TrailField> OF_HOLDER = with(
            sticky("pid", TcpEventLayout.PID, 4),
            sticky("tid", TcpEventLayout.TID, 4),
            own("fd", TcpEventLayout.FD, 4),
            own("inode", TcpEventLayout.INODE, 4));

    private static final List<TrailField> OF_SOCKET = with(
            signed("timer_in_jiffies", TcpEventLayout.TIMER_IN_JIFFIES, Integer.MIN_VALUE),
            signed("keepalive_in_jiffies", TcpEventLayout.KEEPALIVE_IN_JIFFIES, Integer.MIN_VALUE),
            signed("retransmitting_ms", TcpEventLayout.RETRANSMITTING_MS, -1),
            signed("probing_jiffies", TcpEventLayout.PROBING_JIFFIES, -1),
            own("data_received_jiffies", TcpEventLayout.DATA_RECEIVED_JIFFIES, 4),
            own("ack_received_jiffies", TcpEventLayout.ACK_RECEIVED_JIFFIES, 4),
            own("data_sent_jiffies", TcpEventLayout.DATA_SENT_JIFFIES, 4),
            own("rto_max_jiffies", TcpEventLayout.RTO_MAX_JIFFIES, 4),
            own("keepalive_time_jiffies", TcpEventLayout.KEEPALIVE_TIME_JIFFIES, 4),
            own("keepalive_interval_jiffies", TcpEventLayout.KEEPALIVE_INTERVAL_JIFFIES, 4),
            own("keepalive_probes", TcpEventLayout.KEEPALIVE_PROBES, 4));

    private static final List<TrailField> OF_LISTENER = with(
            own("accept_queue", TcpEventLayout.ACCEPT_QUEUE, 4),
            own("accept_queue_most", TcpEventLayout.ACCEPT_QUEUE_MOST, 4),
            own("listen_drops", TcpEventLayout.LISTEN_DROPS, 4));

    private static final List<TrailField> OF_LEG = with(
            sticky("pid", TcpEventLayout.PID, 4),
            sticky("tid", TcpEventLayout.TID, 4),
            own("how", TcpEventLayout.LEG_HOW, 4),
            own("candidates", TcpEventLayout.LEG_CANDIDATES, 4),
            own("other", TcpEventLayout.OTHER_COOKIE, 8));

    /** The numbers of a record of that kind: the tail of some has another meaning. */
    static List<TrailField> of(TcpEventKind kind, TcpState state) {
        return switch (kind) {
            case SOCKET -> state == TcpState.LISTEN ? OF_LISTENER : OF_SOCKET;
            case HOLDER -> OF_HOLDER;
            case LEG -> OF_LEG;
            default -> OF_EVENT;
        };
    }

    private static List<TrailField> with(TrailField... more) {
        return Stream.concat(OF_ALL.stream(), Stream.of(more)).toList();
    }

    private static TrailField sticky(String name, int offset, int width) {
        return new TrailField(name, offset, width, false, true, 0);
    }

    private static TrailField own(String name, int offset, int width) {
        return new TrailField(name, offset, width, false, false, 0);
    }

    private static TrailField signed(String name, int offset, long usual) {
        return new TrailField(name, offset, 4, true, false, usual);
    }
}
