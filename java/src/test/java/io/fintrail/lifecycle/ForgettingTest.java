package io.fintrail.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.SocketId;
import io.fintrail.journal.TrailReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.lang.ref.WeakReference;
import org.junit.jupiter.api.Test;

/** A story is held for as long as something may come for it, and no longer. */
class ForgettingTest {
    private static final String CLOSED = """
            # fintrail trail 1
            1.0 STATE socket=47 from=SYN_RECV to=ESTABLISHED netns=1 local=10.0.0.1:80 remote=10.0.0.2:40001
            2.0 STATE socket=47 from=ESTABLISHED to=CLOSE_WAIT sk=done shutdown=1
            2.1 STATE socket=47 from=CLOSE_WAIT to=LAST_ACK shutdown=3
            2.2 STATE socket=47 from=LAST_ACK to=CLOSE
            """;

    private static final String SNAPSHOT = "%1$d.1 SNAPSHOT from=%1$d000000000 to=%1$d100000000 everything=false"
            + " holders=true namespaces=1 rows=0\n%1$d.2 CLOCK\n";

    private static final String HELD = "%d.05 HOLDER socket=47 state=CLOSE pid=812 tid=812 fd=11 inode=4711 comm=x\n";

    @Test
    void forgetsAClosedSocketSoonAfterItsRelease() throws IOException {
        assertThat(tracked(CLOSED + "2.3 DESTROY socket=47\n2.4 CLOCK\n")).isZero();
    }

    @Test
    void holdsAClosedSocketWhoseReleaseIsDue() throws IOException {
        assertThat(tracked(CLOSED + "60.0 CLOCK\n")).isOne();
    }

    @Test
    void holdsAClosedSocketWhileADescriptorLeadsToIt() throws IOException {
        String twice = HELD.formatted(10) + SNAPSHOT.formatted(10) + HELD.formatted(20) + SNAPSHOT.formatted(20);

        assertThat(tracked(CLOSED + twice)).isOne();
    }

    @Test
    void forgetsAClosedSocketThatNobodyHoldsInTwoSnapshotsInARow() throws IOException {
        assertThat(tracked(CLOSED + SNAPSHOT.formatted(10))).isOne();
        assertThat(tracked(CLOSED + SNAPSHOT.formatted(10) + SNAPSHOT.formatted(20)))
                .isZero();
    }

    @Test
    void doesNotForgetWhenAHoldersRowMayBeLost() throws IOException {
        String lossy = "10.05 GAP to=10.06 lost=1 kind=HOLDER cause=lost\n" + SNAPSHOT.formatted(10);

        assertThat(tracked(CLOSED + lossy + SNAPSHOT.formatted(20))).isOne();
    }

    /** The peer's FIN took 20 ms: the minisock's deadline is a minute ahead then, and no reason to keep the story. */
    @Test
    void holdsNothingOfAForgottenStoryUntilItsLastDeadline() throws IOException {
        String late = """
                # fintrail trail 1
                1.0 STATE socket=47 from=SYN_SENT to=ESTABLISHED netns=1 local=10.0.0.1:40001 remote=10.0.0.2:80 write_seq=2 snd_una=2 snd_nxt=2 rcv_nxt=5 fin_timeout_jiffies=60000
                2.0 STATE socket=47 from=ESTABLISHED to=FIN_WAIT1 shutdown=3
                2.0001 STATE socket=47 from=FIN_WAIT1 to=FIN_WAIT2 flags=full sk=dead write_seq=3 snd_una=3 snd_nxt=3
                2.0002 STATE socket=47 from=FIN_WAIT2 to=CLOSE
                2.0003 DESTROY socket=47
                2.0200 SEGMENT_FREED socket=47 state=TIME_WAIT flags=time-wait,segment local=10.0.0.1:40001 remote=10.0.0.2:80 netns=1 reason=NOT_SPECIFIED segment=FIN,ACK segment_seq=5 segment_end_seq=6
                2.1 CLOCK
                """;
        Unheard listener = new Unheard();
        LifecycleTracker tracker = new LifecycleTracker(listener);

        TrailReader.read(new BufferedReader(new StringReader(late)), tracker);
        System.gc();

        assertThat(tracker.tracked()).isZero();
        assertThat(listener.ended)
                .isNotNull()
                .satisfies(story -> assertThat(story.get()).isNull());
        tracker.onClock(100_000_000_000L, 0); // the deadline itself finds nothing to do
    }

    @Test
    void numbersTheNextConnectionOfAnAddressThatServesAsAName() throws IOException {
        String again = CLOSED.replace("# fintrail trail 1\n", "").replaceAll("(?m)^([12])\\.", "10$1.");
        String twice = CLOSED + "2.3 DESTROY socket=47\n2.4 CLOCK\n" + again + "102.3 DESTROY socket=47\n102.4 CLOCK\n";
        Unheard named = new Unheard();
        Unheard addressed = new Unheard();

        TrailReader.read(reader(twice), new LifecycleTracker(named));
        String session = "# fintrail trail 1\n0.1 SESSION socket-cookies=false\n";
        TrailReader.read(reader(twice.replace("# fintrail trail 1\n", session)), new LifecycleTracker(addressed));

        assertThat(named.id).isEqualTo(new SocketId(47, 1)); // never happens: a cookie is of one socket
        assertThat(addressed.id).isEqualTo(new SocketId(47, 2));
    }

    private static BufferedReader reader(String trail) {
        return new BufferedReader(new StringReader(trail));
    }

    private static int tracked(String trail) throws IOException {
        LifecycleTracker tracker = new LifecycleTracker(new Unheard());
        TrailReader.read(new BufferedReader(new StringReader(trail)), tracker);
        return tracker.tracked();
    }

    private static final class Unheard implements LifecycleListener {
        private WeakReference<SocketLifecycle> ended;
        private SocketId id;

        @Override
        public void onSession(Session session) {}

        @Override
        public void onFinal(SocketLifecycle story, long nowNs) {
            ended = new WeakReference<>(story);
            id = story.id();
        }

        @Override
        public void onStanding(SocketLifecycle story, long nowNs) {}

        @Override
        public void onLateFact(SocketLifecycle story, long nowNs) {}

        @Override
        public void onPending(SocketLifecycle story, long nowNs) {}

        @Override
        public void onGap(Gap gap) {}
    }
}
