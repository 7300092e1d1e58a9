package io.fintrail.view;

import com.fasterxml.jackson.core.JsonGenerator;
import io.fintrail.event.TcpEvent;
import io.fintrail.lifecycle.CloseSide;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.HistoryFrom;
import io.fintrail.lifecycle.Leg;
import io.fintrail.lifecycle.LocalFin;
import io.fintrail.lifecycle.Minisock;
import io.fintrail.lifecycle.PeerFin;
import io.fintrail.lifecycle.Release;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Finding;
import io.fintrail.verdict.KernelEnd;
import io.fintrail.verdict.Verdict;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The fields of a verdict line. */
final class VerdictJson {
    private static final int MPTCP = 262;
    private static final int ETIMEDOUT = 110;

    private final WallClock clock;

    VerdictJson(WallClock clock) {
        this.clock = clock;
    }

    void write(JsonGenerator to, Verdict verdict) throws IOException {
        SocketLifecycle story = verdict.story();
        time(to, "at", verdict.atNs());
        to.writeNumberField("ktimeNs", verdict.atNs());
        to.writeStringField("verdict", verdict.name().name());
        to.writeStringField("severity", lower(verdict.severity()));
        to.writeBooleanField("final", verdict.isFinal());
        to.writeStringField("certainty", lower(verdict.certainty()));
        to.writeStringField("missing", verdict.missing());
        findings(to, verdict);
        socket(to, story);
        to.writeStringField("historyFrom", story.historyFrom().toString());
        to.writeStringField("state", story.state().name());
        time(to, "since", story.sinceNs());
        to.writeBooleanField("sinceIsAtLeast", story.sinceIsAtLeast());
        to.writeStringField("closedFirst", closedFirst(story));
        localFin(to, story.localFin());
        peerFin(to, story.peerFin());
        release(to, story.release());
        to.writeStringField("ownership", lower(story.ownership()));
        time(to, "orphanedAt", story.orphanedAtNs());
        HoldersJson.write(to, story);
        ended(to, verdict);
        input(to, story);
        kernelEnds(to, verdict.kernelEnds());
        pairs(to, story);
        bytes(to, story);
        to.writeStringField("mustAct", verdict.mustAct().toString());
        to.writeStringField("meaning", Hostile.shown(verdict.meaning()));
        to.writeArrayFieldStart("advice");
        for (String advice : verdict.advice()) {
            to.writeString(advice);
        }
        to.writeEndArray();
        evidence(to, story);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable String closedFirst(SocketLifecycle story) {
        boolean notSeen = story.closedFirst() == CloseSide.NONE && story.historyFrom() != HistoryFrom.BIRTH;
        return notSeen ? null : lower(story.closedFirst());
    }

    private void time(JsonGenerator to, String name, @Nullable Long ktimeNs) throws IOException {
        to.writeStringField(name, ktimeNs == null ? null : clock.rfc3339(ktimeNs));
    }

    private static void findings(JsonGenerator to, Verdict verdict) throws IOException {
        to.writeArrayFieldStart("findings");
        for (Finding finding : verdict.findings()) {
            to.writeStartObject();
            to.writeStringField("name", finding.name().name());
            to.writeStringField("certainty", lower(finding.certainty()));
            to.writeStringField("says", Hostile.shown(finding.says()));
            to.writeEndObject();
        }
        to.writeEndArray();
    }

    private static void socket(JsonGenerator to, SocketLifecycle story) throws IOException {
        to.writeObjectFieldStart("socket");
        to.writeFieldName("cookie");
        to.writeNumber(Long.toUnsignedString(story.id().cookie()));
        to.writeNumberField("generation", story.id().generation());
        to.writeStringField("boot", story.session().boot());
        to.writeNumberField("netns", story.netns());
        to.writeStringField("family", story.local().isIpv4() ? "ipv4" : "ipv6");
        to.writeStringField("local", story.local().toString());
        to.writeStringField("remote", story.remote().toString());
        to.writeStringField("protocol", story.protocol() == MPTCP ? "mptcp" : "tcp");
        to.writeEndObject();
    }

    private void localFin(JsonGenerator to, LocalFin fin) throws IOException {
        to.writeObjectFieldStart("localFin");
        time(to, "queued", fin.queuedAtNs());
        time(to, "sent", fin.sentAtNs());
        time(to, "acked", fin.ackedAtNs());
        to.writeArrayFieldStart("retransmits");
        for (LocalFin.Retransmit retransmit : fin.retransmits()) {
            to.writeStartObject();
            time(to, "at", retransmit.atNs());
            to.writeStringField("cause", retransmit.cause().toString());
            to.writeNumberField("error", retransmit.error());
            to.writeEndObject();
        }
        to.writeEndArray();
        to.writeArrayFieldStart("dropped");
        for (LocalFin.Refusal refusal : fin.refusals()) {
            drop(to, refusal.atNs(), refusal.reason());
        }
        to.writeEndArray();
        to.writeNumberField("unsentBytesAhead", fin.unsentBytesAhead());
        to.writeBooleanField("isQueued", fin.isQueued());
        to.writeEndObject();
    }

    private void drop(JsonGenerator to, long atNs, String reason) throws IOException {
        to.writeStartObject();
        time(to, "at", atNs);
        to.writeStringField("reason", Hostile.shown(reason));
        to.writeEndObject();
    }

    private void peerFin(JsonGenerator to, PeerFin fin) throws IOException {
        to.writeObjectFieldStart("peerFin");
        time(to, "received", fin.receivedAtNs());
        to.writeBooleanField("isReceived", fin.isReceived());
        to.writeArrayFieldStart("dropped");
        for (PeerFin.Drop drop : fin.drops()) {
            drop(to, drop.atNs(), drop.reason());
        }
        to.writeEndArray();
        to.writeFieldName("sentButLost");
        Boolean lost = fin.sentButLost();
        if (lost == null) {
            to.writeNull();
        } else {
            to.writeBoolean(lost);
        }
        to.writeEndObject();
    }

    private void release(JsonGenerator to, @Nullable Release release) throws IOException {
        if (release == null) {
            to.writeNullField("released");
            return;
        }
        to.writeObjectFieldStart("released");
        to.writeStringField("how", lower(release.how()));
        to.writeBooleanField("ambiguous", release.ambiguous());
        time(to, "at", release.atNs());
        to.writeEndObject();
    }

    private void ended(JsonGenerator to, Verdict verdict) throws IOException {
        TcpEvent close = verdict.story().ending().close();
        if (close == null || !verdict.isFinal()) {
            to.writeNullField("ended");
            return;
        }
        SocketLifecycle story = verdict.story();
        boolean expired = story.ending().minisockExpired();
        long atNs = close.ktimeNs()
                + (expired ? Minisock.lifetimeNs(close, story.session().hz()) : 0);
        to.writeObjectFieldStart("ended");
        time(to, "at", atNs);
        to.writeStringField("how", howEnded(verdict, expired || close.error() == ETIMEDOUT));
        to.writeEndObject();
    }

    private static String howEnded(Verdict verdict, boolean byTimer) {
        if (verdict.name().isClean()) {
            return "CLEAN";
        }
        return byTimer ? "TIMEOUT" : verdict.name().name();
    }

    /** What was read is known when it was seen, at the last look, and from the socket's own numbers at its CLOSE. */
    private static void input(JsonGenerator to, SocketLifecycle story) throws IOException {
        TcpEvent numbers = story.ending().close() != null ? story.ending().close() : story.look();
        TcpEvent known = numbers != null && numbers.hasSocketFacts() ? numbers : null;
        to.writeStringField("eof", eof(story, known));
        if (known == null) {
            to.writeNullField("unreadBytes");
        } else {
            to.writeNumberField("unreadBytes", known.unreadBytes());
        }
    }

    private static String eof(SocketLifecycle story, @Nullable TcpEvent known) {
        if (story.eofReadAtNs() != null) {
            return "read";
        }
        if (known == null || !known.peerFinAccepted()) {
            return "unknown";
        }
        return known.rcvNxt() == known.copiedSeq() ? "data-read" : "unread";
    }

    private void kernelEnds(JsonGenerator to, KernelEnd end) throws IOException {
        to.writeObjectFieldStart("kernelEnds");
        time(to, "at", end.atNs());
        to.writeBooleanField("atTheLatest", end.atTheLatest());
        to.writeStringField("by", end.by());
        to.writeStringField("why", end.why());
        to.writeEndObject();
    }

    private static void pairs(JsonGenerator to, SocketLifecycle story) throws IOException {
        to.writeArrayFieldStart("pairs");
        for (Leg leg : story.legs()) {
            to.writeStartObject();
            to.writeFieldName("cookie");
            to.writeNumber(Long.toUnsignedString(leg.id().cookie()));
            to.writeNumberField("generation", leg.id().generation());
            to.writeStringField("how", LegText.how(leg));
            to.writeStringField("certainty", leg.confirmed() ? "certain" : "inferred");
            to.writeEndObject();
        }
        to.writeEndArray();
    }

    private static void bytes(JsonGenerator to, SocketLifecycle story) throws IOException {
        TcpEvent facts = story.lastFacts();
        if (facts == null) {
            to.writeNullField("bytes");
            return;
        }
        to.writeObjectFieldStart("bytes");
        to.writeNumberField("sent", facts.sentBytes());
        to.writeNumberField("received", facts.receivedBytes());
        to.writeEndObject();
    }

    private void evidence(JsonGenerator to, SocketLifecycle story) throws IOException {
        to.writeArrayFieldStart("evidence");
        for (Evidence evidence : story.events()) {
            to.writeStartObject();
            to.writeNumberField("index", evidence.index());
            to.writeStringField("kind", evidence.event().kind().name());
            time(to, "at", evidence.atNs());
            to.writeStringField("says", Hostile.shown(EvidenceText.of(evidence)));
            to.writeEndObject();
        }
        to.writeEndArray();
    }
}
