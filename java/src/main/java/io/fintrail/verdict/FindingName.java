package io.fintrail.verdict;

/** What else is true of a connection beside its verdict, whose turn it is then, and what helps. */
public enum FindingName {
    FIN_DROPPED_CONNTRACK(
            Severity.PROBLEM,
            MustAct.THIS_HOST_NETWORK,
            "Connection tracking had forgotten the half-closed flow, so the FIN was INVALID to it and dropped.",
            "raise nf_conntrack_tcp_timeout_close_wait above the application's own wait, or do not drop FIN and RST as INVALID"),
    FIN_REFUSED_STACK(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "The peer's FIN reached TCP, which refused it.",
            "the reason says why: numbers, timestamps behind a NAT, memory"),
    FIN_RTX_FAILED_LOCALLY(
            Severity.PROBLEM,
            MustAct.THIS_HOST_NETWORK,
            "Repeats of our FIN were refused by this host itself.",
            "look at the OUTPUT firewall, the route and the queueing discipline of this host"),
    LAST_ACK_LOST(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "The peer has our FIN; its acknowledgement is what got lost.",
            "look at the path from the peer to here"),
    LATE_FIN_RST(
            Severity.NOTICE,
            MustAct.PEER_APPLICATION,
            "The peer's FIN came after our time-wait minisock was gone, and got a reset.",
            "harmless; find why the peer closes so late"),
    TW_KILLED_BY_RST(
            Severity.PROBLEM,
            MustAct.PEER_APPLICATION,
            "The peer's reset ended our time-wait minisock.",
            "the reason is on the peer's side"),
    TW_OVERFLOW(
            Severity.PROBLEM,
            MustAct.KERNEL_LIMIT,
            "There was no time-wait minisock where one was due.",
            "raise tcp_max_tw_buckets in that namespace"),
    HELD_AFTER_CLOSE(
            Severity.PROBLEM,
            MustAct.LOCAL_APPLICATION,
            "The connection is over and its descriptor still open: a leak that ss does not show.",
            "close() what has ended; the holder is named"),
    ORPHAN_FW2_LONG(
            Severity.PROBLEM,
            MustAct.OPERATOR,
            "An orphan in FIN_WAIT2 is kept as a full socket first: it lives shorter than the setting says.",
            "do not set tcp_fin_timeout or TCP_LINGER2 to 61..119 s"),
    PROCESS_KILLED(
            Severity.NOTICE,
            MustAct.LOCAL_APPLICATION,
            "The FIN was sent because the process ended.",
            "find out why it ended"),
    SHARED_FD_NOT_CLOSED(
            Severity.PROBLEM,
            MustAct.LOCAL_APPLICATION,
            "More than one descriptor leads to the socket: close() of one does not close it.",
            "SOCK_CLOEXEC, or close it in the child"),
    NETNS_ORPHAN(
            Severity.PROBLEM,
            MustAct.KERNEL_LIMIT,
            "The namespace was deleted under the orphan: it goes on until its own timer ends it.",
            "wait for the timer"),
    LINGER_BLOCKED(
            Severity.PROBLEM,
            MustAct.LOCAL_APPLICATION,
            "close() blocks its thread until the FIN is acknowledged or the linger time is over.",
            "no SO_LINGER with a time in an event loop"),
    TFO_EARLY_CLOSE(
            Severity.NOTICE,
            MustAct.LOCAL_APPLICATION,
            "Closed before the handshake had ended (TCP Fast Open).",
            "nothing"),
    SYN_QUEUE_FIN(Severity.NOTICE, MustAct.PEER_APPLICATION, "The peer's FIN completed the handshake.", "nothing");

    private final Severity severity;
    private final MustAct mustAct;
    private final String meaning;
    private final String advice;

    FindingName(Severity severity, MustAct mustAct, String meaning, String advice) {
        this.severity = severity;
        this.mustAct = mustAct;
        this.meaning = meaning;
        this.advice = advice;
    }

    public Severity severity() {
        return severity;
    }

    public MustAct mustAct() {
        return mustAct;
    }

    public String meaning() {
        return meaning;
    }

    public String advice() {
        return advice;
    }
}
