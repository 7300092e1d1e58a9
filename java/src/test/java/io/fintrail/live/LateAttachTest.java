package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fintrail.capture.CaptureFilter;
import io.fintrail.lifecycle.CloseSide;
import io.fintrail.lifecycle.HistoryFrom;
import io.fintrail.verdict.Certainty;
import io.fintrail.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand sockets and more in a dozen stuck situations: who comes when they stand already says the same of each as
 * who watched it from its birth, or says what is not known.
 */
@Tag("live")
final class LateAttachTest {
    private static final int COUNT = 50;
    private static final Duration STUCK_AFTER = Duration.ofMillis(500);
    private static final List<String> STANDING = List.of(
            "fin-retransmitting",
            "fin-out-of-order",
            "half-open",
            "held-after-close",
            "fin-missing-held",
            "close-wait-unread",
            "close-wait-unaccepted",
            "zero-window",
            "orphan-waiting",
            "fin-out-waiting",
            "linger-blocked",
            "holder-frozen");

    @TempDir
    Path temporary;

    private record Socket(long netns, String connection) {
        static Socket of(Verdict verdict) {
            return new Socket(
                    verdict.story().netns(),
                    verdict.story().local() + " > " + verdict.story().remote());
        }
    }

    @Test
    void saysOfSocketsThatStoodBeforeWhatItWouldHaveSaidFromTheirBirth() throws IOException {
        List<Subnet> subnets = new ArrayList<>();
        List<Lab> labs = new ArrayList<>();
        LiveRun fromBirth = null;
        LiveRun late = null;
        try {
            for (String situation : STANDING) {
                Subnet subnet = Subnet.reserve();
                subnets.add(subnet);
                labs.add(Lab.prepare(subnet, situation, COUNT, 4));
            }
            fromBirth = run();
            for (Lab lab : labs) {
                lab.go();
                lab.awaitStanding();
            }
            int expected = labs.stream().mapToInt(LateAttachTest::standing).sum();
            assertThat(expected).isGreaterThanOrEqualTo(1000 - 2 * COUNT);
            await(fromBirth, labs, expected);
            late = run();
            await(late, labs, expected);
            compare(newest(fromBirth, labs), newest(late, labs), expected);
        } finally {
            for (LiveRun run : new LiveRun[] {late, fromBirth}) {
                if (run != null) {
                    run.close();
                }
            }
            for (Lab lab : labs) {
                lab.close();
            }
            for (Subnet subnet : subnets) {
                subnet.close();
            }
        }
    }

    private LiveRun run() throws IOException {
        return new LiveRun(temporary, CaptureFilter.of(List.of(), "10.83.0.0/16", 0), 4 << 20, STUCK_AFTER);
    }

    private static int standing(Lab lab) {
        int count = 0;
        for (String side : List.of("near", "far")) {
            for (JsonNode value : lab.expected(side).path("standing")) {
                count += value.asInt();
            }
        }
        return count;
    }

    private static void await(LiveRun run, List<Lab> labs, int expected) {
        long endNs = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (newest(run, labs).size() < expected && System.nanoTime() < endNs) {
            run.await(run.verdicts().size() + 1, v -> true, Duration.ofMillis(200));
        }
        // One more look, so that both have read the same numbers.
        run.await(Integer.MAX_VALUE, v -> true, Duration.ofMillis(1500));
    }

    /** The newest word on each socket of the labs that stands. */
    private static Map<Socket, Verdict> newest(LiveRun run, List<Lab> labs) {
        Map<Socket, Verdict> newest = new HashMap<>();
        for (Verdict verdict : run.verdicts()) {
            boolean ours = labs.stream()
                    .anyMatch(lab -> lab.netns("near") == verdict.story().netns()
                            || lab.netns("far") == verdict.story().netns());
            if (ours && (!verdict.isFinal() || isHeldAfterClose(verdict))) {
                newest.put(Socket.of(verdict), verdict);
            }
        }
        return newest;
    }

    private static boolean isHeldAfterClose(Verdict verdict) {
        return verdict.findings().stream().anyMatch(f -> f.name().name().equals("HELD_AFTER_CLOSE"));
    }

    private static void compare(Map<Socket, Verdict> fromBirth, Map<Socket, Verdict> late, int expected) {
        Map<String, Integer> told = new TreeMap<>();
        SoftAssertions softly = new SoftAssertions();
        softly.assertThat(late.keySet()).as("sockets").isEqualTo(fromBirth.keySet());
        softly.assertThat(late).as("sockets that stand").hasSize(expected);
        late.forEach((socket, verdict) -> {
            Verdict other = fromBirth.get(socket);
            boolean same = other != null && other.name() == verdict.name();
            boolean honest = verdict.certainty() != Certainty.CERTAIN && verdict.missing() != null;
            String what = (other == null ? "nothing" : other.name()) + " from birth, " + verdict.name() + " "
                    + verdict.certainty() + " late";
            told.merge(what, 1, Integer::sum);
            softly.assertThat(same || honest).as(socket + ": " + what).isTrue();
            softly.assertThat(verdict.story().historyFrom()).as(what).isNotEqualTo(HistoryFrom.BIRTH);
            softly.assertThat(verdict.story().closedFirst())
                    .as(what)
                    .isIn(other == null ? null : other.story().closedFirst(), CloseSide.NONE);
            softly.assertThat(isHeldAfterClose(verdict)).as(what).isEqualTo(other != null && isHeldAfterClose(other));
        });
        told.forEach((what, count) -> System.out.println(count + " x " + what));
        softly.assertAll();
    }
}
