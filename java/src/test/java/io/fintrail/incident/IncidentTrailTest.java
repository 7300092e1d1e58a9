package io.fintrail.incident;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Recordings of `tools/lab haproxy VARIANT 6`, each with the one incident that it is. */
class IncidentTrailTest {
    private static final int COUNT = 6;

    private static List<Incident> incidents(String trail) throws IOException {
        return Trails.incidents(trail, lines -> lines);
    }

    /** The newest line of the only incident that there is. */
    private static Incident only(String trail) throws IOException {
        List<Incident> told = incidents(trail);
        assertThat(told.stream().map(Incident::id).distinct()).hasSize(1);
        Incident incident = told.get(told.size() - 1);
        assertThat(incident.size()).isEqualTo(COUNT);
        return incident;
    }

    private static void isPairPile(Incident incident) {
        assertThat(incident.kind()).isEqualTo(IncidentKind.PROXY_PAIR_PILE);
        assertThat(Objects.requireNonNull(incident.holder()).comm()).isEqualTo("haproxy");
        assertThat(incident.service()).isEqualTo(":8686");
        assertThat(incident.closedFirst()).containsEntry("backend", COUNT);
        assertThat(incident.doNow().get(0).frees()).isEqualTo(COUNT);
        assertThat(incident.notACure()).anyMatch(text -> text.contains("maxconn"));
        assertThat(incident.notACure()).anyMatch(text -> text.contains("0 is treated as 8"));
    }

    @Test
    void callsAPileOfLostFinsSentAndLost() throws IOException {
        Incident incident = only("fin-lost");

        isPairPile(incident);
        assertThat(incident.fin().sentButLost()).isEqualTo(COUNT);
        assertThat(incident.pairing().certain()).isEqualTo(COUNT);
    }

    @Test
    void callsItSoWhereOnlyTheProxyIsSeenAndThePileStoodBefore() throws IOException {
        Incident incident = only("fin-lost-met-by-the-proxy-alone");

        isPairPile(incident);
        assertThat(incident.fin().sentButLost()).isEqualTo(COUNT);
        assertThat(incident.pairing().inferred()).isEqualTo(COUNT);
    }

    @Test
    void saysThatTheBrowsersNeverClosedWhereTheirSocketsAreSeen() throws IOException {
        Incident incident = only("never-closes");

        isPairPile(incident);
        assertThat(incident.fin().neverSent()).isEqualTo(COUNT);
    }

    @Test
    void saysThatItCannotKnowWhetherTheBrowsersClosedWhereTheyAreNotSeen() throws IOException {
        Incident incident = only("never-closes-seen-by-the-proxy-alone");

        isPairPile(incident);
        assertThat(incident.fin().unknown()).isEqualTo(COUNT);
        assertThat(incident.fin().neverSent()).isZero();
        assertThat(incident.cannotKnowFromHere()).anyMatch(text -> text.contains("never closed"));
    }

    @Test
    void namesTheDropOnThisHost() throws IOException {
        Incident incident = only("fin-dropped-here");

        isPairPile(incident);
        assertThat(incident.fin().droppedBy()).containsEntry("NETFILTER_DROP", COUNT);
    }

    @Test
    void namesConntrackThatForgot() throws IOException {
        Incident incident = only("conntrack-forgets");

        isPairPile(incident);
        assertThat(incident.fin().droppedHere()).isEqualTo(COUNT);
        assertThat(incident.prevent()).anyMatch(text -> text.contains("nf_conntrack_tcp_timeout_close_wait"));
    }

    @Test
    void seesThatTheProxyTimedOutFirstAndHoldsNothing() throws IOException {
        Incident incident = only("proxy-timed-out");

        assertThat(incident.kind()).isEqualTo(IncidentKind.FIN_MISSING_PILE);
        assertThat(incident.holder()).isNull();
        assertThat(incident.closedFirst()).containsEntry("local", COUNT);
    }

    @Test
    void tellsAFrozenProxyFromOneThatWaits() throws IOException {
        Incident incident = only("frozen");

        assertThat(incident.kind()).isEqualTo(IncidentKind.PROCESS_FROZEN);
        assertThat(incident.waitsFor()).contains("frozen");
        assertThat(incident.doNow().get(0).what()).startsWith("kill -CONT");
    }

    @Test
    void seesThatTheClientsHaveLeftAProxyThatWaitsForItsBackend() throws IOException {
        Incident incident = only("client-left");

        assertThat(incident.kind()).isEqualTo(IncidentKind.CLOSE_WAIT_UNREAD_PILE);
        assertThat(Objects.requireNonNull(incident.holder()).comm()).isEqualTo("haproxy");
    }

    @Test
    void findsNoIncidentInIdleKeepAlive() throws IOException {
        assertThat(incidents("http-keepalive-idle")).isEmpty();
    }
}
