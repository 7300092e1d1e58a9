package io.fintrail.verdict;

/** What else is true of a connection beside its verdict. */
public enum FindingName {
    FIN_DROPPED_CONNTRACK(Severity.PROBLEM),
    FIN_REFUSED_STACK(Severity.PROBLEM),
    FIN_RTX_FAILED_LOCALLY(Severity.PROBLEM),
    LAST_ACK_LOST(Severity.PROBLEM),
    LATE_FIN_RST(Severity.NOTICE),
    TW_KILLED_BY_RST(Severity.PROBLEM),
    TW_OVERFLOW(Severity.PROBLEM),
    HELD_AFTER_CLOSE(Severity.PROBLEM),
    ORPHAN_FW2_LONG(Severity.PROBLEM),
    PROCESS_KILLED(Severity.NOTICE),
    SHARED_FD_NOT_CLOSED(Severity.PROBLEM),
    NETNS_ORPHAN(Severity.PROBLEM),
    LINGER_BLOCKED(Severity.PROBLEM),
    TFO_EARLY_CLOSE(Severity.NOTICE),
    SYN_QUEUE_FIN(Severity.NOTICE);

    private final Severity severity;

    FindingName(Severity severity) {
        this.severity = severity;
    }

    public Severity severity() {
        return severity;
    }
}
