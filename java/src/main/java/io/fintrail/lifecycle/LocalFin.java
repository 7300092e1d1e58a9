package io.fintrail.lifecycle;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of our FIN. Times are ktime in nanoseconds; null means "did not happen, or was not seen". */
public final class LocalFin {
    /** A FIN that went out again. {@code error} is 0, or the errno with which this host refused it. */
    public record Retransmit(long atNs, RetransmitCause cause, int error) {}

    /** A copy of our FIN that this host dropped on its way out. */
    public record Refusal(long atNs, String reason) {}

    private static final int MAX_REFUSALS = 64;

    // Made when there is one: hardly a connection has any.
    private List<Retransmit> retransmits = List.of();
    private List<Refusal> refusals = List.of();
    private long refusalCount;
    private @Nullable Long queuedAtNs;
    private @Nullable Long sentAtNs;
    private @Nullable Long ackedAtNs;
    private @Nullable Integer sequence;
    private int unsentBytesAhead;
    private boolean receivedByPeer;
    private boolean metQueued;

    /** When the application asked for it; FIN_WAIT1 and LAST_ACK mean no more than this. */
    public @Nullable Long queuedAtNs() {
        return queuedAtNs;
    }

    /** When it left, as far as the socket's own numbers tell: no tracepoint sees the transmission. */
    public @Nullable Long sentAtNs() {
        return sentAtNs;
    }

    public @Nullable Long ackedAtNs() {
        return ackedAtNs;
    }

    public List<Retransmit> retransmits() {
        return retransmits.isEmpty() ? List.of() : Collections.unmodifiableList(retransmits);
    }

    /** How many copies this host dropped; of more than {@value #MAX_REFUSALS} the first are kept. */
    public long refusalCount() {
        return refusalCount;
    }

    public List<Refusal> refusals() {
        return refusals.isEmpty() ? List.of() : Collections.unmodifiableList(refusals);
    }

    /** Payload that stood unsent before it when it was queued. */
    public int unsentBytesAhead() {
        return unsentBytesAhead;
    }

    /** The event comes before tcp_send_fin(), so write_seq is the FIN's own number (tcp_close_state). */
    void queued(TcpEvent event) {
        queuedAtNs = event.ktimeNs();
        sequence = event.writeSeq();
        unsentBytesAhead = Math.max(0, event.unsent());
        if (unsentBytesAhead == 0) {
            sentAtNs = event.ktimeNs();
        }
    }

    /** A socket met with its FIN queued: the number is known, the moments are not. write_seq counts the FIN then. */
    void met(TcpEvent event) {
        boolean finQueued = event.newState().awaitsAckOfFin() || event.newState() == TcpState.FIN_WAIT2;
        metQueued |= finQueued;
        if (finQueued && sequence == null && event.hasSequenceNumbers()) {
            sequence = event.writeSeq() - 1;
        }
    }

    /** Whether the application has asked for it, whenever that was. */
    public boolean isQueued() {
        return metQueued || sequence != null || queuedAtNs != null;
    }

    /** Whether {@code sequence} is the number after it. */
    boolean endsAt(int next) {
        return sequence != null && sequence + 1 == next;
    }

    /** The other end, which this journal has too, accepted it. */
    void receivedByPeer() {
        receivedByPeer = true;
    }

    /** The peer's own socket is in the journal, and says that it took it: what is missing then is the acknowledgement. */
    public boolean isReceivedByPeer() {
        return receivedByPeer;
    }

    /** Mends the assumption that a FIN with nothing before it left at once. */
    void observe(TcpEvent event) {
        if (queuedAtNs == null || sequence == null || !event.hasSequenceNumbers()) {
            return;
        }
        boolean left = TcpEvent.after(event.sndNxt(), sequence);
        if (!left) {
            sentAtNs = null;
        } else if (sentAtNs == null) {
            sentAtNs = event.ktimeNs();
        }
    }

    void acked(TcpEvent event) {
        ackedAtNs = event.ktimeNs();
        if (sentAtNs == null) {
            sentAtNs = event.ktimeNs();
        }
    }

    void retransmitted(TcpEvent event) {
        boolean isOurFin = event.segmentHasFin() && (sequence == null || event.segmentEndSeq() == sequence + 1);
        if (isOurFin) {
            retransmits = retransmits.isEmpty() ? new ArrayList<>() : retransmits;
            retransmits.add(new Retransmit(event.ktimeNs(), RetransmitCause.of(event), event.sendError()));
        }
    }

    void refused(TcpEvent event, String reason) {
        refusalCount++;
        if (refusals.size() < MAX_REFUSALS) {
            refusals = refusals.isEmpty() ? new ArrayList<>() : refusals;
            refusals.add(new Refusal(event.ktimeNs(), reason));
        }
    }
}
