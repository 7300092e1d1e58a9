package io.fintrail.verdict;

/**
 * What each verdict and finding rests on, for the catalogue: {@code evidence} in the kernel's terms, and when it is not
 * {@code certain}. The rules themselves are in {@link Judge} and what it calls.
 */
public record Proof(String evidence, String certainty) {
    private static final String ALWAYS = "certain";

    private static Proof certain(String evidence) {
        return new Proof(evidence, ALWAYS);
    }

    private static Proof of(String evidence, String certainty) {
        return new Proof(evidence, certainty);
    }

    public static Proof of(VerdictName name) {
        return switch (name) {
            case RST_RECEIVED ->
                of(
                        "tcp_receive_reset before CLOSE and no reset of ours as an answer, or a RST freed for our minisock",
                        "certain; inferred from the socket's error where the event was lost");
            case RST_BY_US_UNREAD ->
                certain("tcp_send_reset TCP_ABORT_ON_CLOSE, or CLOSE by close() with rcv_nxt beyond copied_seq");
            case RST_BY_US_LINGER0 -> certain("CLOSE by close() with SO_LINGER 0, then tcp_send_reset");
            case RST_BY_US_LINGER2 -> certain("TCP_LINGER2 below 0, then tcp_send_reset");
            case DATA_AFTER_CLOSE ->
                certain("a segment with data after both directions were closed, answered by tcp_send_reset");
            case ADMIN_KILL -> certain("CLOSE with ECONNABORTED (tcp_abort)");
            case KEEPALIVE_DEAD ->
                certain("tcp_send_reset TCP_KEEPALIVE_TIMEOUT before CLOSE, or ETIMEDOUT with everything acknowledged");
            case ORPHAN_LIMIT ->
                of("tcp_send_reset TCP_ABORT_ON_MEMORY", "certain; inferred before 6.10, where resets have no reason");
            case NEVER_ACCEPTED_RST ->
                certain("tcp_send_reset after CLOSE of a socket without a file that is no orphan");
            case DISCONNECT -> certain("tcp_send_reset after CLOSE without shutdown: tcp_disconnect()");
            case ICMP_DEAD ->
                of(
                        "CLOSE with an error that ICMP left in sk_err_soft",
                        "certain; inferred where this host refused repeats itself");
            case DATA_AND_FIN_UNACKED_TIMEOUT ->
                certain("CLOSE with ETIMEDOUT, snd_una more than the FIN behind write_seq");
            case DATA_UNACKED_TIMEOUT -> certain("CLOSE with ETIMEDOUT before any FIN, with data unacknowledged");
            case FIN_UNSENT_ZERO_WINDOW ->
                of(
                        "snapshot: snd_nxt behind write_seq, no usable window",
                        "certain from a snapshot; inferred from events before one");
            case FIN_UNSENT_ZERO_WINDOW_KILLED ->
                of(
                        "CLOSE with ETIMEDOUT, snd_nxt behind write_seq, snd_wnd 0",
                        "certain; inferred with data in flight, which the peer may have taken");
            case FIN_UNSENT_LOCAL_EGRESS ->
                of(
                        "snd_nxt behind write_seq with the window open and nothing in flight; kfree_skb of our own FIN",
                        "certain with a drop or a snapshot; else inferred");
            case FIN_UNSENT_QUEUED ->
                of("snd_nxt behind write_seq, segments in flight", "certain from a snapshot; inferred from events");
            case FIN_UNACKED_USER_TIMEOUT ->
                of(
                        "CLOSE with ETIMEDOUT, exactly the FIN unacknowledged, TCP_USER_TIMEOUT set",
                        "certain where its length was seen to pass");
            case FIN_UNACKED_HELD_TIMEOUT ->
                certain("CLOSE with ETIMEDOUT, exactly the FIN unacknowledged, not orphaned");
            case FIN_UNACKED_ORPHAN_TIMEOUT ->
                certain("CLOSE with ETIMEDOUT, exactly the FIN unacknowledged, SOCK_DEAD; why is never certain");
            case FIN_DROPPED_HERE ->
                of(
                        "kfree_skb of the peer's FIN with a reason that means loss, and none accepted later",
                        "certain, unless a later copy may have come while events were lost");
            case CLEAN_ACTIVE -> certain("FIN_WAIT2 > CLOSE with SOCK_DONE and no error");
            case CLEAN_ACTIVE_LATE ->
                of(
                        "the peer's FIN freed for our time-wait minisock (kfree_skb rx_sk), or its row says TIME_WAIT",
                        "certain; inferred before 6.11, where a freed segment names no socket");
            case CLEAN_PASSIVE -> certain("LAST_ACK > CLOSE without error, everything acknowledged");
            case CLEAN_SIMULTANEOUS -> certain("CLOSING > CLOSE without error, everything acknowledged");
            case FIN_RETRANSMITTING ->
                certain("tcp_retransmit_skb of the FIN, or snapshot: snd_nxt at write_seq, snd_una behind");
            case FIN_OUT_OF_ORDER ->
                of(
                        "snapshot: the last segment behind the hole (ooo_last_skb) carries FIN",
                        "certain; inferred where only an event saw the hole");
            case FIN_MISSING_HELD ->
                of(
                        "FIN_WAIT2, not orphaned, no SOCK_DONE",
                        "certain that it is missing and not dropped here while watched; inferred where a drop could not"
                                + " have been seen (met standing, or before 6.11)");
            case FIN_MISSING_ORPHAN ->
                of(
                        "an orphan's FIN_WAIT2, as minisock or full socket, until its time is up",
                        "certain; inferred before 6.11; inconclusive where events were lost while the FIN was due");
            case CLOSE_WAIT_PAIRED ->
                of(
                        "one thread read EOF on this leg and at once, with no other EOF between, shut another",
                        "inferred: the order of two calls is no proof that they belong together");
            case CLOSE_WAIT_UNACCEPTED ->
                of("CLOSE_WAIT without a file and without SOCK_DEAD", "certain from a snapshot; inferred from events");
            case CLOSE_WAIT_EOF_UNREAD ->
                of(
                        "snapshot: CLOSE_WAIT with rcv_nxt beyond copied_seq",
                        "certain from a snapshot; inferred from the absence of sock_recv_length");
            case CLOSE_WAIT_EOF_MAYBE_READ ->
                of(
                        "CLOSE_WAIT, everything read; sock_recv_length returned 0",
                        "certain with that event; inferred without (splice, io_uring, met standing, before 6.3); inconclusive where"
                                + " reads are not traced (before 6.3, stuck) and its holder may have shut the other leg");
            case HALF_OPEN ->
                of(
                        "snapshot: ESTABLISHED, silent both ways for longer than tcp_keepalive_time, no SO_KEEPALIVE",
                        "inferred, always: silence is no proof");
            case UNKNOWN ->
                of(
                        "no rule fits, or what decides was lost, before our time, or is not told by this kernel (without BTF:"
                                + " whether a FIN waits behind a hole)",
                        "inconclusive");
        };
    }

    public static Proof of(FindingName name) {
        return switch (name) {
            case FIN_DROPPED_CONNTRACK ->
                of(
                        "NETFILTER_DROP of a FIN later after the half-close than nf_conntrack_tcp_timeout_close_wait",
                        "inferred: the rule itself is not visible");
            case FIN_REFUSED_STACK -> certain("kfree_skb of the peer's FIN with a TCP reason; never for a duplicate");
            case FIN_RTX_FAILED_LOCALLY ->
                certain("tcp_retransmit_skb with an error (6.17), or kfree_skb of the repeat on its way out");
            case LAST_ACK_LOST -> certain("the other end's socket, in the same journal, has rcv_nxt one past our FIN");
            case LATE_FIN_RST -> certain("tcp_send_reset for a FIN that met no socket, after a FIN_WAIT2 minisock");
            case TW_KILLED_BY_RST -> certain("a RST freed for the minisock, exactly at rcv_nxt");
            case TW_OVERFLOW ->
                of(
                        "the FIN met no minisock before its time was up, or two snapshots have no row of it",
                        "inferred: it may have been removed otherwise");
            case HELD_AFTER_CLOSE ->
                of(
                        "snapshot: a descriptor leads to the socket although it is CLOSE; without BTF or before 5.11: it had a"
                                + " file when it closed, and tcp_destroy_sock has not come",
                        "certain; inferred without BTF or before 5.11");
            case ORPHAN_FW2_LONG -> certain("snapshot: FIN_WAIT2, SOCK_DEAD, a full socket");
            case PROCESS_KILLED -> certain("the transition was made in do_exit()");
            case SHARED_FD_NOT_CLOSED -> certain("snapshot: more than one descriptor leads to it");
            case NETNS_ORPHAN ->
                of(
                        "snapshot: neither a process nor a mount leads to its namespace, which is older than it",
                        "certain; inferred where not every process can be seen");
            case LINGER_BLOCKED ->
                of(
                        "snapshot: shut both ways, not SOCK_DEAD, SO_LINGER with a time, FIN unacknowledged, and no"
                                + " descriptor leads to it",
                        "certain; inferred where holders cannot be looked at (before 5.11)");
            case TFO_EARLY_CLOSE -> certain("SYN_RECV > FIN_WAIT1");
            case SYN_QUEUE_FIN -> certain("ESTABLISHED and CLOSE_WAIT with the same segs_in");
        };
    }
}
