package io.fintrail.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.incident.Incident;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** What an incident says on a terminal. */
class IncidentTextTest {
    private static final long AT_NS = 1_000_000_000_000L;

    private static String printed(Incident incident) {
        StringWriter text = new StringWriter();
        new IncidentText(new PrintWriter(text), new WallClock(() -> 0)).print(incident);
        return text.toString();
    }

    @Test
    void saysWhatStandsOnWhatItRestsAndWhatToDo() {
        String text = printed(Incidents.pile("pile-1", Incident.Change.GREW, 200, AT_NS, "haproxy"));

        assertThat(text)
                .contains("INCIDENT grew  PROXY_PAIR_PILE  haproxy[7287] :8686")
                .contains("how many       200 proxied sessions, growing by 3.1/s")
                .contains("limits         accept queue :8686 20 of 20 (FULL)")
                .contains("closed first   backend 200, proxy 0, client 0, unknown 0")
                .contains("peers' FINs    sent and lost 200, dropped on this host 0, never sent 0, unknown 0")
                .contains("do now         ss -K state fin-wait-2 sport = :8686 (frees 200)")
                .contains("not a cure     raising maxconn")
                .contains("cannot know    which box drops the FIN");
    }

    @Test
    void fitsAHundredColumns() {
        String text = printed(Incidents.pile("pile-1", Incident.Change.OPENED, 20_000, AT_NS, "haproxy"));

        assertThat(text.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(Columns.WIDTH));
    }

    @Test
    void showsNothingThatSteersATerminal() {
        String text = printed(Incidents.pile("pile-1", Incident.Change.OPENED, 8, AT_NS, "a\u001b[2Jb\u2028"));

        assertThat(text).contains("a\\x1b[2Jb\\u2028").doesNotContain("\u001b", "\u2028");
    }
}
