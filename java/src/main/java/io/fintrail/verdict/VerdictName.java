package io.fintrail.verdict;

/**
 * The one outcome of a close: what it means, whose turn it was, and what helps. Rules: {@link Judge}. Texts that differ
 * with the case are in {@link Meaning}.
 */
public enum VerdictName {
    RST_RECEIVED(
            Severity.PROBLEM,
            MustAct.PEER_APPLICATION,
            "A reset arrived in place of the peer's FIN: the peer aborted, or its host no longer knew the connection.",
            "the reason is on the peer's side: its application's logs at that time, or its kernel's timeouts"),
    RST_BY_US_UNREAD(
            Severity.PROBLEM,
            MustAct.LOCAL_APPLICATION,
            "Our application closed with unread input, so the kernel sent a reset in place of a FIN: data of the peer is lost.",
            "read until EOF before close(), or shutdown(SHUT_WR) and drain"),
    RST_BY_US_LINGER0(
            Severity.NOTICE,
            MustAct.LOCAL_APPLICATION,
            "Our application asked for an abort (SO_LINGER with time 0): a reset in place of a FIN.",
            "remove SO_LINGER 0 (haproxy: `option nolinger`) if an orderly close is wanted"),
    RST_BY_US_LINGER2(
            Severity.PROBLEM,
            MustAct.LOCAL_APPLICATION,
            "Our application refuses FIN_WAIT2 (TCP_LINGER2 below 0): the kernel sent a reset instead of waiting for the peer's FIN.",
            "unset TCP_LINGER2 if the peer should be able to finish"),
    DATA_AFTER_CLOSE(
            Severity.PROBLEM,
            MustAct.PEER_APPLICATION,
            "The peer sent data after our application had closed both directions: we answered with a reset.",
            "shutdown(SHUT_WR) and drain before close(); harmless where keep-alive connections race"),
    ADMIN_KILL(
            Severity.NOTICE,
            MustAct.OPERATOR,
            "Somebody destroyed the socket (ss -K, or a BPF program): a reset in place of a FIN.",
            "ask who ran it"),
    KEEPALIVE_DEAD(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "The peer vanished: it answered none of the keep-alive probes.",
            "find out what happened to the peer or the path; keep-alive did its work"),
    ORPHAN_LIMIT(
            Severity.PROBLEM,
            MustAct.KERNEL_LIMIT,
            "The kernel refused to keep one more orphan: it reset the connection instead of finishing the close.",
            "raise tcp_max_orphans or tcp_mem, or find who leaves so many orphans"),
    NEVER_ACCEPTED_RST(
            Severity.NOTICE,
            MustAct.LOCAL_APPLICATION,
            "The listener was closed while this connection waited in its accept queue: the kernel reset it.",
            "drain the accept queue before closing a listener"),
    DISCONNECT(
            Severity.OK,
            MustAct.NOBODY,
            "Our application dissolved the connection (connect with AF_UNSPEC): a reset in place of a FIN.",
            ""),
    ICMP_DEAD(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "A router or host answered our segments with ICMP unreachable until the kernel gave up.",
            "look for the REJECT rule or the missing route that sends the ICMP"),
    DATA_AND_FIN_UNACKED_TIMEOUT(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "Neither our last data nor our FIN was ever acknowledged: the kernel gave up, and the data may be lost.",
            "look at the path and the peer; the application never learns of it once it has closed"),
    DATA_UNACKED_TIMEOUT(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "Our data was never acknowledged and the kernel gave up: the connection broke before anybody's FIN was due.",
            "look at the path and the peer; the data may be lost"),
    FIN_UNSENT_ZERO_WINDOW(
            Severity.PROBLEM,
            MustAct.PEER_APPLICATION,
            "Our FIN was never sent: it stands behind data that the peer does not read (zero window).",
            "the peer must read; TCP_USER_TIMEOUT bounds the wait of a held socket"),
    FIN_UNSENT_ZERO_WINDOW_KILLED(
            Severity.PROBLEM,
            MustAct.PEER_APPLICATION,
            "Our FIN was never sent: the peer's window stayed shut until the kernel gave up, in silence. The peer was never told.",
            "the peer must read; nothing on this host loses the data sooner or later than that"),
    FIN_UNSENT_LOCAL_EGRESS(
            Severity.PROBLEM,
            MustAct.THIS_HOST_NETWORK,
            "Our FIN never left: this host itself refused to send it.",
            "look at the OUTPUT firewall, the route and the queueing discipline of this host"),
    FIN_UNSENT_QUEUED(
            Severity.OK, MustAct.NOBODY, "Our FIN waits its turn behind data in flight: a normal, passing state.", ""),
    FIN_UNACKED_USER_TIMEOUT(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "Our FIN was sent and never acknowledged; TCP_USER_TIMEOUT ended the wait.",
            "the limit is the application's own (haproxy: `tcp-ut`); look at the path and the peer"),
    FIN_UNACKED_HELD_TIMEOUT(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "Our FIN was sent and never acknowledged; the kernel gave up while the application still held the socket.",
            "look at the path and the peer; tcp_retries2 is the limit (15 means about 15 minutes)"),
    FIN_UNACKED_ORPHAN_TIMEOUT(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "Our FIN was sent and never acknowledged; the kernel gave the orphan up. Lost FIN, lost ACK and dead peer look alike from here.",
            "look at the path and the peer; tcp_orphan_retries is the limit, and 0 means 8 (about 102 s), not none"),
    FIN_DROPPED_HERE(
            Severity.PROBLEM,
            MustAct.THIS_HOST_NETWORK,
            "The peer's FIN reached this host and was dropped here; no copy of it got through.",
            "mend the rule that drops it (conntrack: do not drop FIN and RST as INVALID)"),
    CLEAN_ACTIVE(Severity.OK, MustAct.NOBODY, "We closed first, the peer closed, both FINs were acknowledged.", ""),
    CLEAN_ACTIVE_LATE(
            Severity.OK,
            MustAct.NOBODY,
            "We closed first; the peer's FIN came later, into the time-wait minisock.",
            ""),
    CLEAN_PASSIVE(Severity.OK, MustAct.NOBODY, "The peer closed first, we closed, both FINs were acknowledged.", ""),
    CLEAN_SIMULTANEOUS(Severity.OK, MustAct.NOBODY, "Both FINs crossed on the wire, and both were acknowledged.", ""),
    FIN_RETRANSMITTING(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "Our FIN was sent and is not acknowledged yet; the kernel repeats it.",
            "look at the path and the peer"),
    FIN_OUT_OF_ORDER(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "Segments of the peer wait here behind a hole; its FIN may be among them.",
            "packet loss on the way here: wait for the peer to send the hole again"),
    FIN_MISSING_HELD(
            Severity.PROBLEM,
            MustAct.PEER_APPLICATION,
            "We half-closed; the peer acknowledged, and its own FIN has not arrived. The socket is held, so no kernel timer will end it.",
            "bound the wait in the application (haproxy: `timeout client-fin`, `timeout server-fin`); tcp_fin_timeout does not apply"),
    FIN_MISSING_ORPHAN(
            Severity.PROBLEM,
            MustAct.PEER_APPLICATION,
            "We closed; the peer acknowledged our FIN, and its own never arrived. The kernel waits its fin timeout, no longer.",
            "find the peer application that sits in CLOSE_WAIT; tcp_fin_timeout bounds the damage here"),
    CLOSE_WAIT_PAIRED(
            Severity.PROBLEM,
            MustAct.OPERATOR,
            "The peer closed; our application waits for the other leg of the proxied session.",
            "bound the wait for the other leg (haproxy: `timeout client-fin`, `timeout server-fin`)"),
    CLOSE_WAIT_UNACCEPTED(
            Severity.PROBLEM,
            MustAct.LOCAL_APPLICATION,
            "The peer closed while the connection still waits in the accept queue.",
            "the accept loop is stuck or at its connection limit"),
    CLOSE_WAIT_EOF_UNREAD(
            Severity.PROBLEM,
            MustAct.LOCAL_APPLICATION,
            "The peer closed; our application has not read that EOF, so our FIN is not due from the kernel but from it.",
            "the application does not poll this socket: stuck, or waiting by design for something else"),
    CLOSE_WAIT_EOF_MAYBE_READ(
            Severity.PROBLEM,
            MustAct.LOCAL_APPLICATION,
            "The peer closed; our application does not: the FIN that is missing is ours.",
            "mend the close path of the application (haproxy: `timeout server-fin`)"),
    HALF_OPEN(
            Severity.PROBLEM,
            MustAct.NETWORK,
            "The peer may be long gone: nothing was heard, and no keep-alive asks.",
            "switch keep-alive on"),
    UNKNOWN(Severity.PROBLEM, MustAct.NOBODY, "What became of this connection cannot be told from here.", "");

    private final Severity severity;
    private final MustAct mustAct;
    private final String meaning;
    private final String advice;

    VerdictName(Severity severity, MustAct mustAct, String meaning, String advice) {
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

    /** What helps, or empty. */
    public String advice() {
        return advice;
    }

    public boolean isClean() {
        return this == CLEAN_ACTIVE || this == CLEAN_ACTIVE_LATE || this == CLEAN_PASSIVE || this == CLEAN_SIMULTANEOUS;
    }
}
