package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.capture.CaptureFilter;
import io.fintrail.capture.Traced;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Severity;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every situation of tools/lab, under `live` and under an audit at once: both say the same of each connection that is broken,
 * and the audit has counted the others by the verdicts that `live` gave them.
 */
@Tag("live")
@Tag("slow")
final class AuditSituationTest {
    private static final int COUNT = Integer.getInteger("audit.count", 10);
    private static final int RING = 1 << 20;
    private static final Duration STUCK_AFTER = Duration.ofMillis(500);

    /** It rests on the story of the other end, which an audit does not tell where that closed cleanly. */
    private static final String OF_BOTH_ENDS = "LAST_ACK_LOST";

    @TempDir
    Path temporary;

    static Stream<String> situations() throws IOException {
        String only = System.getProperty("lab.only", "");
        return Lab.situations().stream()
                .filter(s -> only.isEmpty() || Set.of(only.split(",")).contains(s));
    }

    @ParameterizedTest
    @MethodSource("situations")
    void saysWhatLiveSays(String situation) throws IOException {
        UnseenFacts.stagedAgain(situation, () -> stageAndCompare(situation));
    }

    private void stageAndCompare(String situation) throws IOException {
        LiveRun live;
        LiveRun audit;
        Set<Long> own;
        Map<String, String> standingLive = new TreeMap<>();
        Map<String, String> standingAudit = new TreeMap<>();
        try (Subnet subnet = Subnet.reserve();
                Lab lab = Lab.prepare(subnet, situation, COUNT, 4)) {
            own = Set.of(lab.netns("near"), lab.netns("far"));
            CaptureFilter filter = CaptureFilter.of(java.util.List.of(), subnet.cidr(4), 0);
            Duration every = Duration.ofMillis(500);
            live = new LiveRun(temporary, filter, RING, STUCK_AFTER, every, Traced.CLOSES);
            // Without a filter: most steps of a close are another program's then.
            audit = new LiveRun(temporary, CaptureFilter.everything(), RING, STUCK_AFTER, every, Traced.BROKEN_CLOSES);
            try {
                live.awaitSnapshot();
                audit.awaitSnapshot();
                lab.go();
                if (lab.stands()) {
                    lab.awaitStanding();
                    long endNs = System.nanoTime() + Duration.ofSeconds(8).toNanos();
                    do {
                        live.await(Integer.MAX_VALUE, v -> true, Duration.ofMillis(500));
                        standingLive = said(live, own, v -> !v.isFinal() || isHeld(v));
                        standingAudit = said(audit, own, v -> !v.isFinal() || isHeld(v));
                    } while ((standingLive.isEmpty() || !standingLive.equals(standingAudit))
                            && System.nanoTime() < endNs);
                    lab.go();
                }
                lab.awaitDone();
                int finals = live.verdicts().size();
                for (int waited = 0; waited < 20; waited++) {
                    live.await(Integer.MAX_VALUE, v -> true, Duration.ofMillis(500));
                    boolean same = broken(live, own).equals(brokenInBoth(live, audit, own))
                            && counted(audit).equals(cleanlyCounted(live, audit, own));
                    if (same && waited > 1 && live.verdicts().size() == finals) {
                        break;
                    }
                    finals = live.verdicts().size();
                }
            } finally {
                live.close();
                audit.close();
            }
        }
        assertThat(standingAudit).as("standing").isEqualTo(standingLive);
        if (live.lost() + audit.lost() > 0 && !broken(live, own).equals(brokenInBoth(live, audit, own))) {
            throw new UnseenFacts("events were lost");
        }
        assertThat(brokenInBoth(live, audit, own)).as("final").isEqualTo(broken(live, own));
        assertThat(counted(audit)).as("counted").isEqualTo(cleanlyCounted(live, audit, own));
    }

    private static boolean isHeld(Verdict verdict) {
        return verdict.findings().stream().anyMatch(f -> f.name().name().equals("HELD_AFTER_CLOSE"));
    }

    /** What was said last of each connection, by its ends. */
    private static Map<String, String> said(LiveRun run, Set<Long> own, Predicate<Verdict> which) {
        Map<String, String> said = new TreeMap<>();
        for (Verdict verdict : run.verdicts()) {
            if (own.contains(verdict.story().netns()) && which.test(verdict)) {
                said.put(connection(verdict), says(verdict));
            }
        }
        return said;
    }

    private static String connection(Verdict verdict) {
        SocketLifecycle story = verdict.story();
        return story.netns() + " " + story.local() + " > " + story.remote() + " #"
                + story.id().generation();
    }

    private static String says(Verdict verdict) {
        return verdict.name() + " " + verdict.certainty() + " " + verdict.severity() + " "
                + verdict.findings().stream()
                        .map(f -> f.name().name())
                        .filter(f -> !f.equals(OF_BOTH_ENDS))
                        .sorted()
                        .toList();
    }

    private static Map<String, String> broken(LiveRun live, Set<Long> own) {
        Map<String, String> said = said(live, own, Verdict::isFinal);
        Map<String, Verdict> last = last(live, own);
        said.keySet().removeIf(c -> last.get(c).name().isClean() && last.get(c).severity() != Severity.PROBLEM);
        return said;
    }

    private static Map<String, Verdict> last(LiveRun run, Set<Long> own) {
        Map<String, Verdict> last = new TreeMap<>();
        for (Verdict verdict : run.verdicts()) {
            if (own.contains(verdict.story().netns()) && verdict.isFinal()) {
                last.put(connection(verdict), verdict);
            }
        }
        return last;
    }

    /** What the audit says finally, without those clean ones of which `live` says nothing else. */
    private static Map<String, String> brokenInBoth(LiveRun live, LiveRun audit, Set<Long> own) {
        Map<String, String> said = said(audit, own, Verdict::isFinal);
        Map<String, String> byLive = said(live, own, Verdict::isFinal);
        Map<String, String> broken = broken(live, own);
        said.entrySet()
                .removeIf(e -> !broken.containsKey(e.getKey()) && sameVerdict(e.getValue(), byLive.get(e.getKey())));
        return said;
    }

    private static boolean sameVerdict(String audit, String live) {
        return live != null && audit.split(" ")[0].equals(live.split(" ")[0]);
    }

    private static Map<String, Long> counted(LiveRun audit) {
        Map<String, Long> counted = new TreeMap<>();
        if (audit.closes() != null) {
            for (VerdictName name : VerdictName.values()) {
                long count = audit.closes().count(name.name());
                if (count > 0) {
                    counted.put(name.name(), count);
                }
            }
        }
        return counted;
    }

    /** The clean ones by the verdict of `live`, without those that the audit told of. */
    private static Map<String, Long> cleanlyCounted(LiveRun live, LiveRun audit, Set<Long> own) {
        Set<String> told = last(audit, own).keySet();
        Map<String, Long> counted = new TreeMap<>();
        last(live, own).forEach((connection, verdict) -> {
            if (!told.contains(connection) && verdict.name().isClean()) {
                counted.merge(verdict.name().name(), 1L, Long::sum);
            }
        });
        return counted;
    }
}
