package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplainCommandTest {
    private static final Path REUSED = Explained.TRAILS.resolve("trap-tuple-reused.trail");
    private static final String SESSION =
            "# fintrail trail 1\n0 SESSION boot=b run=r stuck-after-ns=1000000000 hz=250\n";
    private static final String BORN =
            "1.0 STATE #1 socket=47 from=SYN_RECV to=ESTABLISHED flags=full local=10.0.0.1:80 remote=10.0.0.9:4000"
                    + " netns=1 write_seq=1 snd_una=1 snd_nxt=1 rcv_nxt=1 copied_seq=1\n";

    @TempDir
    private Path temporary = Path.of("");

    private String tell(String events, String... arguments) throws IOException {
        Path trail = Files.writeString(temporary.resolve("case.trail"), SESSION + events);
        return Explained.tell(trail, arguments);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "4711, no connection in .* matches 4711; `fintrail replay .* --all --format jsonl` lists those .*",
                "48.2, no connection in .* matches 48.2; that socket's last connection in it is 48.1",
                "10.0.0.9:80-10.0.0.1:45678, .*the other way round it is socket 48.1: the local address comes first",
                "haproxy, 'haproxy' is no COOKIE.*",
                "99999999999999999999, cookie 99999999999999999999 is more than 64 bits hold",
                "10.0.0.1:45678-nginx:80, 'nginx' is no numeric address"
            })
    void saysWhatToAskWhereNothingMatches(String socket, String says) {
        assertThatThrownBy(() -> Explained.tell(REUSED, socket))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .matches(says);
    }

    @Test
    void exitsAsWronglyUsedWhereNothingMatches() {
        StringWriter err = new StringWriter();

        int exit = Fintrail.commandLine()
                .setErr(new PrintWriter(err, true))
                .execute("explain", REUSED.toString(), "10.0.0.1:45678-10.0.0.9:80", "--nth", "3");

        assertThat(exit).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .startsWith("fintrail: --nth 3: only 2 connections in")
                .hasLineCount(1);
    }

    @Test
    void listsTheNewestTwentyOfManyThatMatch() throws IOException {
        StringBuilder events = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            events.append(BORN.replace("socket=47", "socket=" + (100 + i))
                    .replace("1.0 STATE #1", (i + 1) + ".0 STATE #" + (i + 1)));
        }

        String told = tell(events + "40.0 END\n", "10.0.0.1:80-10.0.0.9:4000");

        assertThat(told)
                .startsWith("30 connections match 10.0.0.1:80-10.0.0.9:4000; the newest 20:\n   11  110.1  ")
                .contains("\n   30  129.1  ")
                .contains("ESTABLISHED, no verdict")
                .doesNotContain("109.1");
    }

    @Test
    void saysWhatALossMayHaveTakenFromTheConnection() throws IOException {
        String told = tell(
                BORN
                        + "2.0 GAP to=3.0 lost=4 cause=ring%20full\n"
                        + "2.5 GAP to=2.6 lost=1 kind=EOF_READ cause=recursion%20miss\n"
                        + "3.5 STATE #2 socket=47 from=ESTABLISHED to=CLOSE_WAIT sk=done rcv_nxt=2\n"
                        + "4.0 STATE #3 socket=47 from=CLOSE_WAIT to=LAST_ACK shutdown=3 pid=7 comm=nginx\n"
                        + "4.1 STATE #4 socket=47 from=LAST_ACK to=CLOSE write_seq=2 snd_una=2 snd_nxt=2\n"
                        + "5.0 CLOCK\n"
                        + "6.0 GAP to=7.0 lost=9 cause=ring%20full\n"
                        + "8.0 END\n",
                "47");

        assertThat(told)
                .contains("\n  1.000000 s  !!! 4 facts were lost until 2.000000 s: see below\n")
                .contains("""
                        What is not certain:
                          - 4 facts were lost between 1.000000 s and 2.000000 s (ring full), of this connection or of
                            others: anything may be missing.
                          - 1 fact was lost between 1.500000 s and 1.600000 s (recursion miss), of this connection or of
                            others: the application's reading of EOF may be missing.

                        """)
                .doesNotContain("9 facts");
    }

    @Test
    void countsALossBeforeTheFirstEventOfOneWhoseBirthIsNotKnown() throws IOException {
        String told = tell(
                "1.0 CLOCK\n1.0 GAP to=1.5 lost=2 cause=ring%20full\n"
                        + BORN.replace("1.0 STATE", "2.0 STATE")
                                .replace("from=SYN_RECV to=ESTABLISHED", "from=ESTABLISHED to=CLOSE_WAIT")
                        + "3.0 END\n",
                "47");

        assertThat(told)
                .contains("known from   its first event: it was there before")
                .contains("2 facts were lost between -1.000000 s and -0.500000 s");
    }

    @Test
    void foldsLooksUntilSomethingChanges() throws IOException {
        StringBuilder events = new StringBuilder(BORN);
        events.append("1.1 STATE #2 socket=47 from=ESTABLISHED to=CLOSE_WAIT flags=full,file sk=done rcv_nxt=12\n");
        for (int i = 0; i < 400; i++) {
            String unread = i < 300 ? "copied_seq=1" : "copied_seq=12";
            events.append(10 + i)
                    .append(".0 SOCKET socket=47 state=CLOSE_WAIT ")
                    .append(unread)
                    .append('\n');
            events.append(10 + i).append(".1 HOLDER socket=47 state=CLOSE_WAIT pid=7 tid=7 fd=3 comm=nginx\n");
        }

        String told = tell(events + "500.0 END\n", "47");

        assertThat(told).contains("""
                          0.100000 s  the peer's FIN arrived: it sends no more [ESTABLISHED->CLOSE_WAIT]
                                      ... 498.9 s: silence; our application's turn: to close
                          9.000000 s  snapshots: looked at 300 times until 5:08.000, nothing changed: CLOSE_WAIT, 10 bytes
                                      and EOF unread, held by nginx[7] fd 3
                            5:09.000  snapshots: looked at 100 times until 6:48.000, nothing changed: CLOSE_WAIT, all data
                                      read, held by nginx[7] fd 3
                            8:19.000  the journal ends: CLOSE_WAIT for 498.9 s

                        """).doesNotContain("left out");
    }

    @Test
    void keepsTheBeginningAndTheEndOfALongStory() throws IOException {
        StringBuilder events = new StringBuilder(BORN);
        for (int i = 0; i < 1000; i++) {
            events.append("2.")
                    .append(String.format("%04d", i))
                    .append(" RETRANSMIT socket=47 state=ESTABLISHED timer=0");
            events.append(" retransmits=1 segment=")
                    .append(i % 2 == 0 ? "ACK" : "FIN,ACK")
                    .append('\n');
        }
        events.append("3.0 STATE socket=47 from=ESTABLISHED to=CLOSE error=110 timer=0\n4.0 CLOCK\n");

        String told = tell(events + "5.0 END\n", "47");

        assertThat(told)
                .contains("  0.000000 s  the peer completed the handshake")
                .contains(" lines are left out here\n")
                .contains("the connection is over with an error: ETIMEDOUT [ESTABLISHED->CLOSE]")
                .contains("lines in the middle of it were counted and not kept.");
        assertThat(told.lines().count()).isLessThan(600);
    }

    @Test
    void saysOnceThatDataWasSentAgainAndAgain() throws IOException {
        StringBuilder events = new StringBuilder(BORN);
        for (int i = 1; i < 9; i++) {
            events.append("2.")
                    .append(i)
                    .append(" RETRANSMIT socket=47 state=ESTABLISHED segment=ACK timer=1 retransmits=0\n");
        }

        assertThat(tell(events + "3.0 END\n", "47"))
                .contains("  1.100000 s  sent data again: recovery [ESTABLISHED], 8 times until" + " 1.800000 s\n");
    }

    @Test
    void showsNoControlCharactersOfTheHost() throws IOException {
        String told = tell(
                BORN
                        + "2.0 STATE #2 socket=47 from=ESTABLISHED to=FIN_WAIT1 shutdown=2 pid=7 comm=a%1b[31mb\n3.0 END\n",
                "47");

        assertThat(told)
                .contains("a\\x1b[31mb[7] half-closed: our FIN is queued")
                .doesNotContain("\u001b");
    }

    @Test
    void saysThatAConnectThatFailedHadNothingToClose() throws IOException {
        String told = tell("""
                1.0 STATE #1 socket=47 from=CLOSE to=SYN_SENT local=10.0.0.1:0 remote=10.0.0.9:80 netns=1 pid=7 comm=curl
                1.1 STATE #2 socket=47 from=SYN_SENT to=CLOSE local=10.0.0.1:4000 flags=full error=111
                2.0 CLOCK
                3.0 END
                """, "10.0.0.1:4000-10.0.0.9:80");

        assertThat(told)
                .contains("curl[7] connects: our SYN is sent [CLOSE->SYN_SENT]")
                .contains("the connection is over with an error: ECONNREFUSED [SYN_SENT->CLOSE]")
                .contains("NO VERDICT: it never was connected, so there was nothing to close.");
    }
}
