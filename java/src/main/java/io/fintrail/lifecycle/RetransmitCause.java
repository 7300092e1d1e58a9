package io.fintrail.lifecycle;

import io.fintrail.event.TcpEvent;
import java.util.Locale;

/** Who sent a segment again. A tail-loss probe is no proof of loss. */
public enum RetransmitCause {
    TLP,
    RTO,
    RECOVERY;

    private static final int TLP_TIMER = 5;

    /** tcp_send_loss_probe keeps its timer pending; tcp_retransmit_timer has cleared its own and counted already. */
    public static RetransmitCause of(TcpEvent event) {
        if (event.timerPending() == TLP_TIMER && event.retransmits() == 0) {
            return TLP;
        }
        return event.timerPending() == 0 && event.retransmits() > 0 ? RTO : RECOVERY;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
