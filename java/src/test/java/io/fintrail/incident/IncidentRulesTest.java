package io.fintrail.incident;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.incident.Incident.Change;
import io.fintrail.incident.Incident.Limit;
import io.fintrail.incident.Incident.Relief;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What an incident must not say: recordings of the lab with one fact changed or missing. */
class IncidentRulesTest {
    /** Met after it had formed; the proxy's side alone. */
    private static final String LATE = "fin-lost-met-by-the-proxy-alone";

    private static final String ONE_BACK_LEG = "socket=21968124 ";

    private static Incident newest(List<Incident> told) {
        return told.get(told.size() - 1);
    }

    private static UnaryOperator<Stream<String>> with(String text, String instead) {
        return lines -> lines.map(line -> line.replace(text, instead));
    }

    @Test
    void takesNoLookAtThreadsFromBeforeThePileForALookAtIt() throws IOException {
        // All of what was seen of the threads: they were stopped before the first connection was closed.
        String look =
                "42828.090497309 THREADS looked=2 pid=2153 ran=0 span=201763414 states=T:2 threads=2 waits=epoll_wait:2";
        List<Incident> told = Trails.incidents(
                "frozen",
                lines -> lines.filter(line -> !line.contains(" THREADS "))
                        .flatMap(line -> line.contains(" SNAPSHOT ") && line.startsWith("42828.")
                                ? Stream.of(look, line)
                                : Stream.of(line)));

        assertThat(told).noneMatch(incident -> incident.kind() == IncidentKind.PROCESS_FROZEN);
        assertThat(newest(told).kind()).isEqualTo(IncidentKind.CLOSE_WAIT_UNREAD_PILE);
        assertThat(newest(told).waitsFor()).contains("whether it runs was not seen");
        assertThat(newest(told).headline()).doesNotContain("it runs");
    }

    @Test
    void callsNoProcessFrozenOfWhichAThreadRan() throws IOException {
        List<Incident> told = Trails.incidents("frozen", with("ran=0", "ran=1"));

        assertThat(told).noneMatch(incident -> incident.kind() == IncidentKind.PROCESS_FROZEN);
    }

    @Test
    void callsNoProcessFrozenOfWhichOnlySomeThreadsWereLookedAt() throws IOException {
        List<Incident> told = Trails.incidents("frozen", with("threads=2", "threads=900"));

        assertThat(told).noneMatch(incident -> incident.kind() == IncidentKind.PROCESS_FROZEN);
    }

    @Test
    void resumesNothingThatADebuggerHasStopped() throws IOException {
        Incident incident = newest(Trails.incidents("frozen", with("states=T:2", "states=t:2")));

        assertThat(incident.doNow()).noneMatch(relief -> relief.what().contains("-CONT"));
        assertThat(incident.prevent()).anyMatch(text -> text.contains("debugger"));
    }

    @Test
    void saysNotWhoClosedFirstWhereNoLegIsKnown() throws IOException {
        Incident incident = newest(Trails.incidents(LATE, IncidentRulesTest::withOtherBytes));

        assertThat(incident.kind()).isEqualTo(IncidentKind.PROXY_PAIR_PILE);
        assertThat(incident.pairing().none()).isEqualTo(6);
        assertThat(incident.closedFirst()).containsEntry("unknown", 6);
    }

    /** A slow machine: the browsers repeat their FINs, and only a second later the first look meets the proxy's ends. */
    @Test
    void takesWhatIsMetBeforeTheFirstLookForNoPileOfItsOwn() throws IOException {
        List<Incident> told = Trails.incidents("http-keepalive-timeout-met-by-a-repeat", lines -> lines);

        assertThat(told.stream().map(Incident::kind).distinct()).containsExactly(IncidentKind.FIN_MISSING_PILE);
    }

    @Test
    void callsThemNoSessionsWhereTheNumbersDoNotFit() throws IOException {
        isToldWithoutSessions(
                Trails.incidents(LATE, lines -> withOtherBytes(lines).filter(line -> !line.contains(ONE_BACK_LEG))));
    }

    @Test
    void callsThemNoSessionsWhereTheTimesDoNotFit() throws IOException {
        isToldWithoutSessions(Trails.incidents(
                LATE,
                lines -> withOtherBytes(lines)
                        .map(line -> line.contains("state=CLOSE_WAIT")
                                ? line.replaceAll("(data|ack)_received_jiffies=\\d+", "$1_received_jiffies=900000")
                                : line)));
    }

    private static Stream<String> withOtherBytes(Stream<String> lines) {
        return lines.map(line -> line.replaceAll("received_bytes=50\\d\\d", "received_bytes=9999"));
    }

    private static void isToldWithoutSessions(List<Incident> told) {
        // What has ended is told later: younger legs may still be met.
        assertThat(told.stream().map(Incident::kind).distinct()).containsExactly(IncidentKind.FIN_MISSING_PILE);
        assertThat(told)
                .allMatch(incident -> incident.cannotKnowFromHere().stream()
                        .anyMatch(text -> text.contains("whether these are legs of proxied sessions")));
    }

    @Test
    void saysNoGrowthBeforeItWasWatchedGrowing() throws IOException {
        List<Incident> told = Trails.incidents("fin-lost", lines -> lines);

        assertThat(told.get(0).changed()).isEqualTo(Change.OPENED);
        assertThat(told.get(0).growthPerSecond()).isNull();
    }

    @Test
    void keepsItsSizeWhereTheRecordingEnds() throws IOException {
        Incident before = newest(Trails.incidents("fin-lost", lines -> lines));
        Incident incident = newest(Trails.incidentsAndAnotherRun("fin-lost"));

        assertThat(incident.changed()).isEqualTo(Change.UNWATCHED);
        assertThat(incident.id()).isEqualTo(before.id());
        assertThat(incident.size()).isEqualTo(6);
        assertThat(incident.headline()).contains("whether it is over is not known");
    }

    /** A process lets go of its backs first, and of its fronts a second later: the sorting between meets FIN_WAIT2 alone. */
    @Test
    void takesWhatIsMetBetweenTwoClosesForNoPileOfItsOwn() throws IOException {
        List<Incident> told = Trails.incidents(
                LATE,
                lines -> Stream.concat(lines.filter(line -> !line.endsWith(" END")), letGo(42_440_000, 42_441_000)));

        assertThat(told.stream().map(Incident::kind).distinct()).containsExactly(IncidentKind.PROXY_PAIR_PILE);
        assertThat(newest(told).changed()).isEqualTo(Change.CLOSED);
        assertThat(newest(told).headline()).contains("it is over");
    }

    /** Six backs and six fronts, each closed in the same millisecond; time is told twenty times a second. */
    private static Stream<String> letGo(int backsMs, int frontsMs) {
        Stream<String> closes = Stream.concat(
                IntStream.rangeClosed(21968124, 21968129)
                        .mapToObj(back -> at(backsMs) + "STATE socket=" + back + " from=CLOSE_WAIT to=CLOSE error=103"),
                IntStream.of(21968123, 21968130, 21968131, 21968132, 21968133, 21968134)
                        .mapToObj(front ->
                                at(frontsMs) + "STATE socket=" + front + " from=FIN_WAIT2 to=CLOSE error=103"));
        Stream<String> clocks = IntStream.range(0, 80).mapToObj(tick -> at(backsMs - 500 + 50 * tick) + "CLOCK");
        return Stream.concat(closes, clocks).sorted();
    }

    private static String at(int ms) {
        return "%d.%03d000000 ".formatted(ms / 1000, ms % 1000);
    }

    @Test
    void killsByAddressAndPort() throws IOException {
        Incident incident = newest(Trails.incidents("fin-lost", lines -> lines));

        assertThat(incident.doNow())
                .contains(new Relief(
                        "nsenter -t 31478 -n ss -K state fin-wait-2 '( src 10.83.0.6 and sport = :8686 )'", 6));
    }

    @Test
    void entersNoNamespaceInWhichTheSocketsAreNot() throws IOException {
        Incident incident = newest(Trails.incidents(
                "fin-lost",
                with(" PROCESS executable=/usr/sbin/haproxy", " PROCESS netns=1 executable=/usr/sbin/haproxy")));

        assertThat(incident.doNow().get(0).what())
                .startsWith("in network namespace 4026532315, which is not that of haproxy[31478]: ss -K");
    }

    @Test
    void putsNoHostileNameIntoAnAction() throws IOException {
        Incident incident = newest(Trails.incidents("fin-lost", with("comm=haproxy", "comm=$(reboot)")));

        assertThat(incident.doNow()).noneMatch(relief -> relief.what().contains("$"));
        assertThat(incident.doNow()).anyMatch(relief -> relief.what().equals("restart process 31478"));
    }

    @Test
    void saysHowManyFilesAreOpenHoweverLongAgoThatChanged() throws IOException {
        Incident incident = newest(Trails.incidents("fin-lost", with("DESCRIPTORS most=20000", "DESCRIPTORS most=40")));

        assertThat(incident.limits()).anySatisfy(limit -> {
            assertThat(limit.what()).startsWith("open files");
            assertThat(limit.most()).isEqualTo(40);
        });
    }

    @Test
    void knowsNoMostOfHandshakesThatWereDropped() throws IOException {
        Incident incident = newest(Trails.incidents(
                "fin-lost", with("accept_queue_most=16384", "accept_queue_most=16384 listen_drops=12")));

        assertThat(incident.limits())
                .contains(new Limit("handshakes dropped by the listener since it began", 12, null));
    }
}
