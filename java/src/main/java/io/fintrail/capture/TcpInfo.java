package io.fintrail.capture;

/** Offsets in struct tcp_info of linux/tcp.h, which only grows. */
final class TcpInfo {
    static final int RETRANSMITS = 2;
    static final int PROBES = 3;
    static final int BACKOFF = 4;
    static final int RTO_US = 8;
    static final int UNACKED = 24;
    static final int LAST_DATA_SENT = 44;
    static final int LAST_DATA_RECEIVED = 52;
    static final int LAST_ACK_RECEIVED = 56;
    static final int BYTES_ACKED = 120;
    static final int BYTES_RECEIVED = 128;
    static final int SEGS_IN = 140;
    static final int NOT_SENT_BYTES = 144; // 4.6
    static final int OUT_OF_ORDER_PACKETS = 224; // 5.4
    static final int SND_WND = 228; // 5.4
    static final int TOTAL_RTO_RECOVERIES = 242; // 6.7
    static final int TOTAL_RTO_MS = 244;

    private TcpInfo() {}
}
