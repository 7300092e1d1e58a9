package io.fintrail.incident;

/** What a pile is made of; each has one cause and one way out of it. */
public enum IncidentKind {
    /** A proxy holds both legs of sessions: one half-closed by us, one by the other side. */
    PROXY_PAIR_PILE,
    /** Closed by us, and the peers' FINs do not come: held, so no timer runs, or orphans, which end by themselves. */
    FIN_MISSING_PILE,
    /** The peers have closed, a process has read that and does not close. */
    CLOSE_WAIT_LEAK,
    /** The peers have closed, and a process that runs has not read it: it waits for something else. */
    CLOSE_WAIT_UNREAD_PILE,
    /** The peers have closed, and the process that should read it does not run. */
    PROCESS_FROZEN,
    /** The peers have closed before anybody accepted. */
    ACCEPT_QUEUE_PILE,
    /** Our FINs, or what is before them, are not acknowledged. */
    FIN_UNACKED_PILE,
    /** Our FINs are not sent: the peers' windows are shut, or this host refuses. */
    FIN_UNSENT_PILE,
    /** This host drops the peers' FINs. */
    LOCAL_DROP,
    /** Connections that are over, and whose descriptors nobody closes. */
    DESCRIPTOR_LEAK,
    /** Both ends reset rather than close. */
    RESET_PILE
}
