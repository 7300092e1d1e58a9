package io.fintrail.view;

import io.fintrail.event.Endpoint;
import io.fintrail.event.SocketId;
import io.fintrail.event.TcpState;
import io.fintrail.lifecycle.CloseSide;
import io.fintrail.lifecycle.HistoryFrom;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.PeerFin;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Certainty;
import io.fintrail.verdict.Severity;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A connection as a line of a report's table: small, for there are many. Times are of the wall clock, ns since 1970.
 *
 * @param run which run of the recorder, from 0
 * @param closedFirst local, peer, simultaneous, none; unknown where it was not seen
 * @param peerFin what became of the peer's FIN, in two or three words
 * @param holder who holds it, or held it last, escaped; empty where nobody is known
 */
record ReportRow(
        int run,
        SocketId id,
        long netns,
        Endpoint local,
        Endpoint remote,
        @Nullable SocketId otherLeg,
        TcpState state,
        VerdictName verdict,
        Certainty certainty,
        Severity severity,
        boolean isFinal,
        long sinceNs,
        boolean sinceIsAtLeast,
        long atNs,
        String closedFirst,
        String peerFin,
        String holder,
        int holderPid,
        String findings) {

    static ReportRow of(int run, Verdict verdict, WallClock clock) {
        SocketLifecycle story = verdict.story();
        SocketLifecycle other = story.otherLeg();
        Holder holder = story.holder();
        return new ReportRow(
                run,
                story.id(),
                story.netns(),
                story.local(),
                story.remote(),
                other == null ? null : other.id(),
                story.state(),
                verdict.name(),
                verdict.certainty(),
                verdict.severity(),
                verdict.isFinal(),
                clock.wallNs(story.sinceNs()),
                story.sinceIsAtLeast(),
                clock.wallNs(verdict.atNs()),
                closedFirst(story),
                peerFin(story.peerFin()),
                HolderText.brief(story).intern(),
                holder == null ? 0 : holder.pid(),
                verdict.findings().stream()
                        .map(finding -> finding.name().name())
                        .collect(Collectors.joining(" "))
                        .intern());
    }

    static String closedFirst(SocketLifecycle story) {
        boolean notSeen = story.closedFirst() == CloseSide.NONE && story.historyFrom() != HistoryFrom.BIRTH;
        return notSeen ? "unknown" : story.closedFirst().name().toLowerCase(Locale.ROOT);
    }

    private static String peerFin(PeerFin fin) {
        if (fin.isReceived()) {
            return "arrived";
        }
        if (!fin.drops().isEmpty()) {
            return "dropped here";
        }
        return Boolean.TRUE.equals(fin.sentButLost()) ? "sent and lost" : "not seen";
    }

    /** What is worth more stands before: what is wrong and goes on, what went wrong, the rest. */
    int worth() {
        return severity == Severity.PROBLEM ? isFinal ? 2 : 3 : severity == Severity.NOTICE ? 1 : 0;
    }

    /** It is the front of that service, {@code :8686}. */
    boolean isFrontOf(String service) {
        return service.equals(":" + local.port());
    }
}
