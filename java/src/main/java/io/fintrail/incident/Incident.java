package io.fintrail.incident;

import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.ProcessInfo;
import io.fintrail.verdict.VerdictName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One incident as it was at {@code atNs} (ktime). {@code size} counts what stands now: connections, or for a
 * PROXY_PAIR_PILE proxied sessions. Texts that came from the host (comm, unit, container) are hostile.
 *
 * @param id the same for every line of it, and in every replay
 * @param openedAtNs ktime at which it was first said
 * @param oldestNs since when the oldest of its connections stands; {@code oldestIsAtLeast}: or longer
 * @param holder the process that holds them; null where nobody does, or nobody knows
 * @param service the local port the clients came to, ":8686"; "" where there is none
 * @param growthPerSecond of its size, over the last seconds; negative while it shrinks; null until it was watched for two
 * @param closedFirst how many were closed first by whom: backend, proxy, client, unknown of proxied sessions, else
 *     local, peer, simultaneous, unknown
 * @param verdicts on all connections that belong to it, the other ends on this host included
 * @param peers who is at the other end, most first
 * @param morePeers how many addresses are not in {@code peers}
 * @param waitsFor what holds it, in a sentence: frozen, by design, nobody
 * @param ends what will ever end it, in a sentence
 */
public record Incident(
        String id,
        Change changed,
        IncidentKind kind,
        long atNs,
        long openedAtNs,
        long oldestNs,
        boolean oldestIsAtLeast,
        @Nullable Holder holder,
        ProcessInfo process,
        String service,
        int size,
        @Nullable Double growthPerSecond,
        Map<String, Integer> closedFirst,
        Map<VerdictName, Integer> verdicts,
        List<Peer> peers,
        int morePeers,
        FinFate fin,
        Pairing pairing,
        List<Limit> limits,
        String headline,
        String waitsFor,
        String ends,
        List<Relief> doNow,
        List<String> prevent,
        List<String> notACure,
        List<String> cannotKnowFromHere) {

    public enum Change {
        OPENED,
        GREW,
        SHRANK,
        /** Its size is the same; what is known of it is not. */
        UPDATED,
        CLOSED,
        /** Its recording has ended while it stood. */
        UNWATCHED
    }

    /** The same when hardly any of it is left, and {@code why} nothing more is said of it. */
    Incident over(long atNs, int left, String why) {
        return ended(Change.CLOSED, atNs, left, why);
    }

    /** The same when what comes next in the journal is another run's. */
    Incident unwatched(long atNs) {
        return ended(
                Change.UNWATCHED,
                atNs,
                size,
                "the recording ends here and another begins: whether it is over is not known");
    }

    private Incident ended(Change how, long atNs, int left, String why) {
        return new Incident(
                id,
                how,
                kind,
                atNs,
                openedAtNs,
                oldestNs,
                oldestIsAtLeast,
                holder,
                process,
                service,
                left,
                null,
                closedFirst,
                verdicts,
                peers,
                morePeers,
                fin,
                pairing,
                List.of(),
                why + "; what it was: " + headline,
                "",
                "",
                List.of(),
                prevent,
                notACure,
                cannotKnowFromHere);
    }

    /** Whether nothing more is said of it. */
    public boolean isEnded() {
        return changed == Change.CLOSED || changed == Change.UNWATCHED;
    }

    /** An address at the other end and how many connections it has here. */
    public record Peer(String address, int count) {}

    /**
     * What became of the peers' FINs. {@code neverSent} only where the other end is in the journal, too.
     *
     * @param sentButLost sent, and none of them arrived
     * @param lostUnwatched of those, how many may have been dropped by this host without this seeing it, such as before it
     *     watched
     * @param unsent asked for by the other side, and not sent: data before it waits for our window
     * @param droppedBy how many of {@code droppedHere} for which of the kernel's reasons
     */
    public record FinFate(
            int sentButLost,
            int lostUnwatched,
            int neverSent,
            int unsent,
            int droppedHere,
            int unknown,
            Map<String, Integer> droppedBy) {

        /** Those that this host, watched all the while, did not drop. */
        public int lostOnTheWay() {
            return sentButLost - lostUnwatched;
        }
    }

    /** For how many proxied sessions both legs are known: surely, probably, not. */
    public record Pairing(int certain, int inferred, int none) {}

    /** Something that runs out: what it is, how much of it is used, how much there is; null: no one knows. */
    public record Limit(String what, long used, @Nullable Long most) {
        public boolean isReached() {
            return most != null && used >= most;
        }
    }

    /** A relief: the command or action, and how many of the standing connections it ends. */
    public record Relief(String what, int frees) {}
}
