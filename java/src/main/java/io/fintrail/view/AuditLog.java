package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.incident.Incident;
import io.fintrail.incident.Incident.Change;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.verdict.FindingName;
import io.fintrail.verdict.Severity;
import io.fintrail.verdict.Verdict;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an audit says in a log: the first of each kind of broken close at once, what comes after it folded to one line a
 * minute (how many, the first, the last), incidents as they open and close, and what was lost. Bounded in kinds, so in lines.
 */
public final class AuditLog implements View {
    public static final String LOGGER = "fintrail";

    private static final Logger LOG = LoggerFactory.getLogger(LOGGER);
    private static final long FOLD_NS = 60_000_000_000L;
    private static final int MOST_KINDS = 256;

    private record Kind(String verdict, String service, String holder) {}

    private static final class Fold {
        final long sinceNs;
        long count;
        long firstNs;
        long lastNs;
        String last = "";

        Fold(long sinceNs) {
            this.sinceNs = sinceNs;
        }
    }

    private final WallClock clock;
    private final Map<Kind, Fold> folds = new LinkedHashMap<>();
    private final Map<String, long[]> gaps = new LinkedHashMap<>();
    private long gapsSinceNs = Long.MIN_VALUE;

    public AuditLog(WallClock clock) {
        this.clock = clock;
    }

    @Override
    public void onSession(Session session) {}

    @Override
    public void onReady(String what) {
        LOG.info("{}", what);
    }

    @Override
    public void onVerdict(Verdict verdict) {
        if (verdict.severity() != Severity.PROBLEM || (verdict.isRestated() && !isHeldNow(verdict))) {
            return;
        }
        String holder =
                verdict.story().holder() == null ? "" : verdict.story().holder().comm();
        Kind kind = new Kind(verdict.name() + TextView.sureness(verdict), ServiceName.of(verdict.story()), holder);
        Fold fold = folds.get(kind);
        if (fold == null && folds.size() >= MOST_KINDS) {
            kind = new Kind("other problems", "", "");
            fold = folds.get(kind);
        }
        if (fold == null) {
            folds.put(kind, new Fold(verdict.atNs()));
            LOG.warn("{}: {}", line(verdict), verdict.meaning());
            return;
        }
        if (fold.count++ == 0) {
            fold.firstNs = verdict.atNs();
        }
        fold.lastNs = verdict.atNs();
        fold.last = verdict.story().local() + " > " + verdict.story().remote();
    }

    /** What was well, or little, becomes a problem while its descriptor is kept. */
    private static boolean isHeldNow(Verdict verdict) {
        return !verdict.story().holders().isEmpty()
                && verdict.findings().stream().anyMatch(finding -> finding.name() == FindingName.HELD_AFTER_CLOSE);
    }

    private static String line(Verdict verdict) {
        String holder = HolderText.brief(verdict.story());
        return verdict.name() + TextView.sureness(verdict) + " "
                + verdict.story().local() + " > "
                + verdict.story().remote() + (holder.isEmpty() ? "" : " " + holder)
                + (verdict.isFinal() ? "" : ", " + TextView.standing(verdict.story(), verdict.atNs()));
    }

    @Override
    public void onIncident(Incident incident) {
        if (incident.changed() == Change.OPENED) {
            LOG.error("incident {} opened: {}", incident.kind(), incident.headline());
        } else if (incident.changed() == Change.CLOSED) {
            LOG.info("incident {} closed: {}", incident.kind(), incident.headline());
        } else if (incident.changed() == Change.GREW) {
            LOG.warn("incident {} grew: {}", incident.kind(), incident.headline());
        }
    }

    @Override
    public void onGap(Gap gap) {
        long[] sum = gaps.computeIfAbsent(gap.cause(), cause -> new long[2]);
        sum[0] += gap.lost();
        sum[1]++;
        if (gapsSinceNs == Long.MIN_VALUE) {
            gapsSinceNs = gap.toNs();
        }
    }

    @Override
    public void onEvent(Evidence evidence) {}

    @Override
    public void onClockStep(long ktimeNs, long byNs) {
        LOG.warn("the wall clock was set by {} ms", byNs / 1_000_000);
    }

    @Override
    public void onTime(long nowNs) {
        folds.entrySet().removeIf(e -> {
            if (nowNs - e.getValue().sinceNs < FOLD_NS) {
                return false;
            }
            tell(e.getKey(), e.getValue());
            return true;
        });
        if (gapsSinceNs != Long.MIN_VALUE && nowNs - gapsSinceNs >= FOLD_NS) {
            tellGaps();
        }
    }

    private void tell(Kind kind, Fold fold) {
        if (fold.count > 0) {
            LOG.warn(
                    "{}{}: {} more, the first at {}, the last at {} ({})",
                    kind.verdict(),
                    kind.service().isEmpty()
                            ? ""
                            : " of service " + kind.service() + (kind.holder().isEmpty() ? "" : ", " + kind.holder()),
                    fold.count,
                    clock.ofDay(fold.firstNs),
                    clock.ofDay(fold.lastNs),
                    fold.last);
        }
    }

    private void tellGaps() {
        gaps.forEach((cause, sum) -> LOG.warn("lost: {} ({}), in {} gaps", sum[0], cause, sum[1]));
        gaps.clear();
        gapsSinceNs = Long.MIN_VALUE;
    }

    @Override
    public void onSummary(Summary summary) {
        folds.forEach(this::tell);
        folds.clear();
        tellGaps();
        LOG.info("ended: {} closes judged, {} facts lost", summary.connections(), summary.lost());
    }
}
