package io.fintrail.live;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;

/**
 * One end's close in terms that the wire and fintrail can both speak of.
 *
 * @param closedFirst whose FIN came first for this end's socket, among those that were sent: local, peer,
 *     simultaneous, none
 * @param finSent this end's FIN left the host
 * @param finRepeats further segments with that FIN which left the host
 * @param finAcknowledged its acknowledgement was taken
 * @param peerFinTaken this end's socket, or the minisock it left, took the peer's FIN
 * @param peerFinsDropped copies of it that reached this host before that, and were not taken
 * @param resetsSent RSTs that left the host, but for those with which nobody answers a segment that is no FIN
 * @param resetTaken a RST ended the socket or its minisock
 * @param lateFinReset the peer's FIN came after our acknowledged one, and met no socket
 * @param lastState which state the socket ended in, as far as the FINs that were sent have brought it
 * @param ended CLEAN, RST_RECEIVED, RST_SENT (by the socket itself), ICMP_DEAD, or TIMEOUT: the peer was not told
 */
record EndFacts(
        String closedFirst,
        boolean finSent,
        int finRepeats,
        boolean finAcknowledged,
        boolean peerFinTaken,
        int peerFinsDropped,
        int resetsSent,
        boolean resetTaken,
        boolean lateFinReset,
        String lastState,
        String ended) {

    /** One fact as both tell it. */
    record Compared(String situation, String what, Object traced, Object wire) {
        boolean differs() {
            return !traced.equals(wire);
        }

        @Override
        public String toString() {
            return what + ": fintrail says " + traced + ", the wire " + wire;
        }
    }

    static List<Compared> compare(String situation, String where, EndFacts traced, EndFacts wire) {
        List<Compared> compared = new ArrayList<>();
        for (RecordComponent fact : EndFacts.class.getRecordComponents()) {
            try {
                compared.add(new Compared(
                        situation,
                        where + ": " + fact.getName(),
                        fact.getAccessor().invoke(traced),
                        fact.getAccessor().invoke(wire)));
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(fact.getName(), e);
            }
        }
        return compared;
    }
}
