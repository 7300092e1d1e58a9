package io.fintrail.view;

import io.fintrail.event.Session;

/** What the looks of a recording cannot tell, said once however often the recording names itself. */
final class LookLimits {
    /** Of a look through inet_diag and /proc. */
    private static final String BY_DIAG =
            "sockets are looked at through inet_diag and /proc (iterators need kernel 5.9 with BTF), which do not tell of"
                    + " descriptors whose connection was over before, MPTCP connections, whether a FIN waits behind a hole, a"
                    + " peer's FIN that was sent and lost, SO_LINGER, TCP_LINGER2, TCP_USER_TIMEOUT, a socket's own keep-alive times,"
                    + " ICMP errors, and before 5.4 the peer's window";

    private boolean said;

    /** Empty where there is nothing to say, or it was said. */
    String of(Session session) {
        if (said || !session.looksByDiag()) {
            return "";
        }
        said = true;
        return BY_DIAG;
    }
}
