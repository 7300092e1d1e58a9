package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.capture.CaptureFilter;
import io.fintrail.event.SocketId;
import io.fintrail.event.TcpEvent;
import io.fintrail.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of connections a second come and go while tracers attach, look and detach: each socket is known once, from
 * the snapshot or from its events, whichever came first.
 */
@Tag("live")
final class ChurnTest {
    private static final int ROUNDS = 3;
    private static final int CONNECTIONS = 20_000;
    private static final int ENDS = 2 * ROUNDS * CONNECTIONS;
    private static final Duration SNAPSHOT_EVERY = Duration.ofMillis(200);

    @TempDir
    Path temporary;

    /** One tracer that came while the connections went on; System.nanoTime() is the kernel's ktime (CLOCK_MONOTONIC). */
    private record Visit(LiveRun run, long fromNs, long toNs) {}

    @Test
    void countsEachSocketOnceWhileTracersComeAndGo() throws IOException {
        List<Visit> visits = new ArrayList<>();
        try (Subnet subnet = Subnet.reserve()) {
            LiveRun whole = start(subnet);
            try {
                for (int round = 0; round < ROUNDS; round++) {
                    visitWhileTheyComeAndGo(subnet, visits);
                }
                whole.await(ENDS, Verdict::isFinal, Duration.ofSeconds(10));
            } finally {
                whole.close();
            }
            agreesWithTheGenerator(whole);
            assertThat(visits).hasSizeGreaterThanOrEqualTo(ROUNDS);
            visits.forEach(visit -> agreesWith(whole, visit));
        }
    }

    private void visitWhileTheyComeAndGo(Subnet subnet, List<Visit> visits) throws IOException {
        try (Lab lab = Lab.prepare(subnet, "clean-fast", CONNECTIONS, 4, "--parallel", "10")) {
            lab.go();
            Thread done = awaiting(lab);
            while (done.isAlive()) {
                visits.add(visit(subnet));
            }
        }
    }

    private LiveRun start(Subnet subnet) throws IOException {
        return new LiveRun(
                temporary,
                CaptureFilter.of(List.of(), subnet.cidr(4), 0),
                8 << 20,
                Duration.ofSeconds(5),
                SNAPSHOT_EVERY);
    }

    private static Thread awaiting(Lab lab) {
        Thread thread = new Thread(() -> {
            try {
                lab.awaitDone();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        thread.start();
        return thread;
    }

    private Visit visit(Subnet subnet) throws IOException {
        LiveRun run = start(subnet);
        run.awaitSnapshot();
        long fromNs = System.nanoTime();
        run.await(Integer.MAX_VALUE, v -> true, Duration.ofMillis(200));
        long toNs = System.nanoTime();
        run.close();
        return new Visit(run, fromNs, toNs);
    }

    private static void agreesWithTheGenerator(LiveRun whole) {
        Map<SocketId, Integer> told = new HashMap<>();
        whole.verdicts().stream()
                .filter(Verdict::isFinal)
                .forEach(v -> told.merge(v.story().id(), 1, Integer::sum));
        assertThat(told.size()).isBetween((int) (ENDS - whole.lost()), ENDS);
        assertThat(told.values().stream().filter(times -> times > 1).count())
                .as("told twice, but for what came late")
                .isZero();
    }

    /** What closed while the visitor was there, it knows; what it knows, the other knows. */
    private static void agreesWith(LiveRun whole, Visit visit) {
        Set<SocketId> known = new HashSet<>();
        visit.run().verdicts().forEach(v -> known.add(v.story().id()));
        Set<SocketId> all = new HashSet<>();
        Set<SocketId> closedMeanwhile = new HashSet<>();
        for (Verdict verdict : whole.verdicts()) {
            SocketId id = verdict.story().id();
            all.add(id);
            TcpEvent close = verdict.story().ending().close();
            if (close != null && close.ktimeNs() > visit.fromNs() && close.ktimeNs() < visit.toNs()) {
                closedMeanwhile.add(id);
            }
        }
        closedMeanwhile.removeAll(known);
        assertThat(closedMeanwhile)
                .as("closed while it was attached, and not known")
                .hasSizeLessThanOrEqualTo((int) visit.run().lost());
        known.removeAll(all);
        assertThat(known).as("known, and never there").hasSizeLessThanOrEqualTo((int) whole.lost());
    }
}
