package io.fintrail.view;

import io.fintrail.event.LegHow;
import io.fintrail.event.TcpEvent;
import io.fintrail.lifecycle.Leg;

/** How two sockets are known to be the legs of one proxied session, in words. */
final class LegText {
    private LegText() {}

    static String how(Leg leg) {
        return how(leg.how()) + (leg.confirmed() ? "; confirmed by what was passed on" : "");
    }

    private static String how(Leg.How how) {
        return switch (how) {
            case EOF_THEN_SHUT -> "same thread: EOF read on one leg, at once the other leg shut";
            case READ_THEN_CONNECT -> "same thread: first read, next connect";
            case SAME_LENGTH -> "same thread: read on one leg, then as many bytes sent on the other";
            case NEXT_SEND -> "same thread: read on one leg, next send on the other";
            case SAME_BYTES_AND_TIMES ->
                "as many bytes in on one leg as out on the other, both ways, at the same times";
        };
    }

    /** What the thread did, as an event of the leg that it then used. */
    static String did(TcpEvent event) {
        String others = event.legCandidates() > 1 ? ", or from one of " + (event.legCandidates() - 1) + " others" : "";
        return did(event.legHow(), Long.toUnsignedString(event.otherCookie())) + others;
    }

    private static String did(LegHow how, String otherCookie) {
        return switch (how) {
            case CONNECTED -> "connected after a look into socket " + otherCookie;
            case SAME_LENGTH -> "given as many bytes as were just read from socket " + otherCookie;
            case NEXT_SEND -> "given bytes right after a read from socket " + otherCookie;
            case UNKNOWN -> "of one session with socket " + otherCookie;
        };
    }
}
