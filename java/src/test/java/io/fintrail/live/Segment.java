package io.fintrail.live;

import io.fintrail.event.Endpoint;
import java.util.List;

/**
 * One TCP segment of a capture. Sequence numbers are 32 bits and compared by their difference.
 *
 * @param payload bytes of data, without the FIN
 * @param sacked right edges of the SACK blocks
 * @param quoted it is the segment that an ICMP error quotes: someone could not deliver it
 */
record Segment(
        Endpoint source,
        Endpoint destination,
        int sequence,
        int acknowledgement,
        int flags,
        int payload,
        List<Integer> sacked,
        boolean quoted) {
    private static final int FIN = 0x01;
    private static final int SYN = 0x02;
    private static final int RST = 0x04;
    private static final int ACK = 0x10;

    boolean isFin() {
        return (flags & FIN) != 0;
    }

    boolean isReset() {
        return (flags & RST) != 0;
    }

    boolean isAck() {
        return (flags & ACK) != 0;
    }

    /** What the next segment of this direction starts with. */
    int end() {
        return sequence + payload + Integer.bitCount(flags & (SYN | FIN));
    }

    /** It says that everything before {@code end} arrived. */
    boolean acknowledges(int end) {
        return isAck() && acknowledgement - end >= 0;
    }

    /** It says that the byte before {@code end} arrived, be it behind a hole. */
    boolean reports(int end) {
        return acknowledges(end) || sacked.contains(end);
    }

    /** RFC 9293, 3.5.2: where no socket is, or one that takes no more, a RST takes its number from what it answers. */
    boolean answers(Segment cause) {
        return isReset() && !isAck() && cause.isAck() && sequence == cause.acknowledgement();
    }
}
