package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.journal.JournalReader;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictSink;
import io.fintrail.verdict.VerdictStage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hundreds of thousands of connections through real servers, closed in every way that is not rare: each end is judged
 * once, no owner is wrong, nobody is accused without cause, and nothing stays in memory. {@code -Dsoak.count=2000} makes
 * it short.
 */
@Tag("slow")
final class MixedSoakTest {
    private static final int CONNECTIONS = Integer.getInteger("soak.count", 200_000);

    /** A private journal takes some 22,000 events a second for longer than a minute; a connection has a dozen. */
    private static final String CONNECTIONS_A_SECOND = "1200";

    /**
     * What a FIN_WAIT2 minisock can live, tcp_fin_timeout and a second, and how long the tracker then waits for a FIN that
     * is later still. Its clock is that of the events: this time has to pass.
     */
    private static final Duration FORGOTTEN_AFTER = Duration.ofSeconds(61 + 120 + 5);

    /**
     * Beside what the kernel counts as lost, it can skip programs and not count it: in one virtual machine with 6.18, all
     * programs of two tracers alike, in softirqs that interrupted one certain thread.
     */
    private static final long CONNECTIONS_FOR_EACH_UNCOUNTED_LOSS = 20_000;

    private static final long GROWTH_KIB = 64 << 10;

    @TempDir
    Path temporary;

    private final TreeMap<Long, Long> residentKib = new TreeMap<>();

    @Test
    void judgesEachEndOnceAndNamesNoWrongOwnerAmongRealServers() throws Exception {
        Path truth = temporary.resolve("truth");
        JsonNode done;
        SoakJudgement judged;
        try (Soak soak = Soak.prepare(CONNECTIONS, truth, "--rate", CONNECTIONS_A_SECOND);
                Cli cli = live("--address", Soak.ADDRESSES)) {
            cli.awaitText("\"type\":\"ready\"");
            soak.go();
            done = soak.awaitDone(made -> weigh(made, cli));
            Thread.sleep(FORGOTTEN_AFTER.toMillis());
            weigh(done.path("made").asLong(), cli);
            judged = SoakJudgement.read(cli.stopUnread(), SoakTruth.read(truth), soak.namespaces());
        }
        tell(done, judged);
        long made = done.path("made").asLong();
        long lost = judged.summary().path("lost").asLong() + made / CONNECTIONS_FOR_EACH_UNCOUNTED_LOSS;
        assertThat(made).isGreaterThanOrEqualTo(CONNECTIONS);
        assertThat((long) judged.finals()).isBetween(2 * made - lost, 2 * made);
        assertThat(judged.summary().path("connections").asLong()).isBetween(2 * made - lost, 2 * made);
        assertThat(judged.surelyUnknown()).isEmpty();
        assertThat((long) judged.finalsInconclusive()).isLessThanOrEqualTo(lost);
        assertThat(judged.accusations()).isEmpty();
        assertThat(judged.wrongOwners()).isEmpty();
        assertThat(judged.unclaimed()).isEmpty();
        assertThat((long) judged.ownersChecked()).isGreaterThan(made);
        assertThat(judged.summary().path("standing")).isEmpty();
        assertThat(judged.summary().path("tracked").asLong()).isZero();
        for (String side : List.of("client", "server")) {
            JsonNode overflows = done.path("counters").path(side).path("TCPTimeWaitOverflow");
            assertThat(overflows.asLong()).isZero();
        }
        long quarterKib = residentKib.ceilingEntry(made / 4).getValue();
        assertThat(residentKib.lastEntry().getValue()).isLessThan(quarterKib * 5 / 4 + GROWTH_KIB);
    }

    /** A reset by our own side wipes the socket's addresses: its release must be told of all the same. */
    @Test
    void forgetsEverySocketThatAPortFilterLetIn() throws Exception {
        Path journal = temporary.resolve("journal");
        int connections = 1000;
        try (Soak soak = Soak.prepare(connections, temporary.resolve("truth"));
                Cli cli = live("--port", soak.ports(), "--keep", journal.toString())) {
            cli.awaitText("\"type\":\"ready\"");
            soak.go();
            soak.awaitDone(made -> {});
            cli.stopUnread();
        }
        Losses losses = new Losses();
        LifecycleTracker tracker = new LifecycleTracker(new VerdictStage(losses));
        try (JournalReader reader = JournalReader.open(journal)) {
            reader.readAll(tracker);
        }
        assertThat(tracker.events()).isGreaterThan(10_000);
        tracker.onClock(Long.MAX_VALUE / 2, 0);
        long withoutRelease = losses.lost + connections / CONNECTIONS_FOR_EACH_UNCOUNTED_LOSS + 1;
        assertThat((long) tracker.tracked()).isLessThanOrEqualTo(withoutRelease);
    }

    private static final class Losses implements VerdictSink {
        private long lost;

        @Override
        public void onSession(Session session) {}

        @Override
        public void onVerdict(Verdict verdict) {}

        @Override
        public void onGap(Gap gap) {
            lost += gap.lost();
        }
    }

    private Cli live(String... filter) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("live", "--all", "--format", "jsonl", "--ring", "16MiB"));
        arguments.addAll(List.of(filter));
        return Cli.start(temporary, List.of(), arguments.toArray(String[]::new));
    }

    private void weigh(long made, Cli cli) {
        try (var status = Files.lines(Path.of("/proc", Long.toString(cli.pid()), "status"))) {
            residentKib.put(
                    made,
                    status.filter(l -> l.startsWith("VmRSS:"))
                            .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
                            .findFirst()
                            .orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void tell(JsonNode done, SoakJudgement judged) {
        JsonNode summary = judged.summary();
        System.out.println("soak: " + done.path("made") + " connections in " + done.path("seconds") + " s: "
                + done.path("byClients") + ", by the proxy " + done.path("byProxy"));
        System.out.println("soak: " + judged.finals() + " ends judged: " + judged.verdicts());
        System.out.println("soak: " + judged.ownersChecked() + " owners checked, "
                + judged.wrongOwners().size() + " wrong; " + summary.path("events") + " events, " + summary.path("lost")
                + " lost in " + judged.gaps().size() + " gaps; " + summary.path("tracked") + " still tracked");
        System.out.println("soak: resident KiB by connections made: " + residentKib);
    }
}
