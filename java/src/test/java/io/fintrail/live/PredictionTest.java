package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.capture.CaptureFilter;
import io.fintrail.event.SocketId;
import io.fintrail.event.TcpEvent;
import io.fintrail.verdict.Certainty;
import io.fintrail.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * When the kernel will end a socket, said beforehand, against when it did: at most 5 % or 500 ms off, whichever is more,
 * or at the latest where ICMP undoes the backoff.
 */
@Tag("live")
@Execution(ExecutionMode.CONCURRENT)
final class PredictionTest {
    private static final int COUNT = 10;
    private static final long SLACK_NS = 500_000_000;

    @TempDir
    Path temporary;

    @ParameterizedTest(name = "{0}: {1} ends it by {2}")
    @CsvSource({
        "fin-lost,near,tcp_orphan_retries",
        "fin-lost-here,far,tcp_orphan_retries",
        "last-ack-lost,far,tcp_orphan_retries",
        "data-and-fin-lost,near,tcp_orphan_retries",
        "fin-out-drop,near,tcp_orphan_retries",
        "fin-icmp,near,tcp_orphan_retries",
        "zero-window-orphan,near,tcp_orphan_retries",
        "fin-held-timeout,near,tcp_retries2",
        "fin-user-timeout,near,TCP_USER_TIMEOUT",
        "keepalive-half-closed,near,keep-alive",
        "fin-missing-orphan,near,tcp_fin_timeout",
        "orphan-fw2-long,near,TCP_LINGER2"
    })
    void saysBeforehandWhenTheKernelEndsIt(String situation, String side, String limit) throws IOException {
        compare(situation, side, limit);
    }

    /** tcp_orphan_retries 0 means 8: given up some 106 s after close(). The orphan's end is foretold from its first repeat on. */
    @Tag("slow")
    @ParameterizedTest(name = "{0} with {3}: {1} ends it by {2}")
    @CsvSource({
        "fin-lost,near,tcp_orphan_retries,ipv4/tcp_orphan_retries=0",
        "fin-held-timeout,near,tcp_retries2,ipv4/tcp_retries2=8",
        "fin-missing-orphan,near,tcp_fin_timeout,ipv4/tcp_fin_timeout=60"
    })
    void saysBeforehandWhatTakesMinutes(String situation, String side, String limit, String sysctl) throws IOException {
        compare(situation, side, limit, "--sysctl", sysctl);
    }

    private void compare(String situation, String side, String limit, String... more) throws IOException {
        UnseenFacts.stagedAgain(situation, () -> stageAndCompare(situation, side, limit, more));
    }

    private void stageAndCompare(String situation, String side, String limit, String... more) throws IOException {
        List<Verdict> verdicts;
        Map<SocketId, Long> gone;
        long netns;
        try (Subnet subnet = Subnet.reserve();
                Lab lab = Lab.prepare(subnet, situation, COUNT, 4, more)) {
            netns = lab.netns(side);
            LiveRun run = new LiveRun(
                    temporary,
                    CaptureFilter.of(List.of(), subnet.cidr(4), netns),
                    1 << 20,
                    Duration.ofMillis(100),
                    Duration.ofMillis(150));
            try {
                lab.go();
                lab.awaitDone();
                run.await(COUNT, Verdict::isFinal, Duration.ofSeconds(8));
            } finally {
                run.close();
            }
            verdicts = run.verdicts();
            gone = lastSeenInAMinisock(verdicts);
        }
        Map<SocketId, List<Verdict>> byId = verdicts.stream()
                .filter(v -> v.story().netns() == netns)
                .collect(Collectors.groupingBy(v -> v.story().id()));
        assertThat(byId).hasSize(COUNT);
        if (verdicts.stream().anyMatch(v -> v.isFinal() && v.certainty() == Certainty.INCONCLUSIVE)) {
            throw new UnseenFacts("an end was not seen");
        }
        SoftAssertions softly = new SoftAssertions();
        byId.forEach((id, said) -> {
            List<Verdict> predictions = predictions(said, limit);
            if (predictions.isEmpty()) {
                throw new UnseenFacts(id + " was not predicted by " + limit + ": no look came in time");
            }
            predictions.forEach(v -> compare(softly, v, endOf(v, gone)));
        });
        softly.assertAll();
    }

    private static List<Verdict> predictions(List<Verdict> said, String limit) {
        return said.stream()
                .filter(v -> !v.isFinal() && v.kernelEnds().atNs() != null)
                .filter(v -> limit.equals(v.kernelEnds().by()))
                .toList();
    }

    private static void compare(SoftAssertions softly, Verdict verdict, long endedNs) {
        long leftNs = endedNs - verdict.atNs();
        long predictedNs = verdict.kernelEnds().atNs() - verdict.atNs();
        long slackNs = Math.max(leftNs / 20, SLACK_NS);
        String what = verdict.name() + ", predicted in " + predictedNs / 1_000_000 + " ms, ended in "
                + leftNs / 1_000_000 + " ms";
        if (verdict.kernelEnds().atTheLatest()) {
            softly.assertThat(leftNs - predictedNs).as(what).isLessThanOrEqualTo(slackNs);
        } else {
            softly.assertThat(Math.abs(leftNs - predictedNs)).as(what).isLessThanOrEqualTo(slackNs);
        }
    }

    /** A full socket's CLOSE; a minisock's end has no event: the last snapshot that still had it. */
    private static long endOf(Verdict verdict, Map<SocketId, Long> gone) {
        Long minisockNs = gone.get(verdict.story().id());
        TcpEvent close = verdict.story().ending().close();
        assertThat(close).as("its end").isNotNull();
        return minisockNs == null ? close.ktimeNs() : minisockNs;
    }

    private static Map<SocketId, Long> lastSeenInAMinisock(List<Verdict> verdicts) {
        Map<SocketId, Long> last = new HashMap<>();
        for (Verdict verdict : verdicts) {
            TcpEvent row = verdict.story().ending().minisock();
            if (row != null) {
                last.put(verdict.story().id(), row.ktimeNs());
            }
        }
        return last;
    }
}
