package io.fintrail.journal;

import io.fintrail.event.TcpEventLayout;
import java.util.List;

/**
 * One number of the record as a trail names it. {@code sticky}: left out of a line when the socket's event before had
 * the same value.
 */
record TrailField(String name, int offset, int width, boolean signed, boolean sticky) {
    static final List<TrailField> ALL = List.of(
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
            new TrailField("linger2_jiffies", TcpEventLayout.LINGER2_JIFFIES, 4, true, true),
            sticky("linger_jiffies", TcpEventLayout.LINGER_JIFFIES, 4),
            sticky("orphan_retries", TcpEventLayout.ORPHAN_RETRIES, 1),
            sticky("retries2", TcpEventLayout.RETRIES2, 1),
            sticky("pid", TcpEventLayout.PID, 4),
            sticky("tid", TcpEventLayout.TID, 4),
            own("segment_seq", TcpEventLayout.SEGMENT_SEQ, 4),
            own("segment_end_seq", TcpEventLayout.SEGMENT_END_SEQ, 4),
            own("segment_ack", TcpEventLayout.SEGMENT_ACK, 4),
            new TrailField("send_error", TcpEventLayout.SEND_ERROR, 4, true, false));

    private static TrailField sticky(String name, int offset, int width) {
        return new TrailField(name, offset, width, false, true);
    }

    private static TrailField own(String name, int offset, int width) {
        return new TrailField(name, offset, width, false, false);
    }
}
