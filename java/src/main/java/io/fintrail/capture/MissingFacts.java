package io.fintrail.capture;

import java.util.ArrayList;
import java.util.List;

/** What cannot be told on a kernel of this shape, why, and what would change that. */
final class MissingFacts {
    /** One of them; {@code cure} is what to boot. */
    record Missing(String says, String cure) {}

    private static final String NEWER = "a newer kernel; what can be told is told without";
    private static final String BTF =
            "that kernel or a newer one, with CONFIG_DEBUG_INFO_BTF=y; what can be told is told without";

    private final List<Missing> found = new ArrayList<>();
    private final boolean hasBtf;

    private MissingFacts(boolean hasBtf) {
        this.hasBtf = hasBtf;
    }

    static List<Missing> of(KernelShape shape) {
        MissingFacts missing = new MissingFacts(shape.hasBtf());
        missing.addAll(shape);
        return missing.found;
    }

    private void addAll(KernelShape shape) {
        for (Tracepoint tracepoint : Tracepoint.values()) {
            if (!shape.has(tracepoint)) {
                String without = ": " + tracepoint.missedWithoutIt();
                if (tracepoint.servesPairs()) {
                    takesBtf("no " + tracepoint.kernelName(), without);
                } else {
                    newer("no " + tracepoint.kernelName() + without);
                }
            }
        }
        if (shape.has(Tracepoint.KFREE_SKB) && !shape.hasDropReason()) {
            newer("no reason in kfree_skb (5.17): "
                    + (shape.firewall().isKnown()
                            ? "of the drops on this host only those by its firewall are told"
                            : "a drop on this host cannot be told from healthy freeing"));
        }
        if (shape.has(Tracepoint.KFREE_SKB) && !shape.hasReceivingSocket()) {
            takesBtf("no receiving socket in kfree_skb (6.11)", ": late FINs are matched by address, hence inferred");
        }
        if (shape.has(Tracepoint.TCP_RETRANSMIT_SKB) && !shape.hasRetransmitError()) {
            newer("no outcome in tcp_retransmit_skb (6.17): a repeat that this host refused shows only as a drop");
        }
        if (shape.has(Tracepoint.TCP_SEND_RESET) && !shape.hasResetReason()) {
            newer("no reason in tcp_send_reset (6.10): why we reset is told by the socket's own state");
        }
        if (!shape.hasSocketCookie()) {
            takesBtf("no socket cookies for tracing programs (5.12)", ": sockets are told apart by address and order");
        }
        if (!shape.hasSocketIterator()) {
            takesBtf(
                    "no socket iterator (5.9)",
                    ": sockets are looked at by inet_diag and /proc: none that is closed but held, nor of MPTCP; a FIN's number,"
                            + " an error, SO_LINGER and TCP_USER_TIMEOUT not seen");
        } else if (!shape.hasHolderIterator()) {
            takesBtf("no holders (5.11)", ": who holds a socket is told by its last act alone");
        }
    }

    private void newer(String says) {
        found.add(new Missing(says, NEWER));
    }

    /** What a kernel of that release has, provided that it has BTF: without, it is not known which of the two is missing. */
    private void takesBtf(String says, String without) {
        found.add(hasBtf ? new Missing(says + without, NEWER) : new Missing(says + ", which takes BTF" + without, BTF));
    }
}
