package io.fintrail.verdict;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.SocketId;
import io.fintrail.lifecycle.Closes;
import io.fintrail.lifecycle.LifecycleListener;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.lifecycle.ThreadActivity;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Stories to verdicts: judges when told to, says a standing one again only when it changed, and counts. */
public final class VerdictStage implements LifecycleListener {
    /** What makes it worth saying again. Numbers inside a finding's text grow with every look and do not. */
    private record Said(
            VerdictName name,
            Certainty certainty,
            List<FindingName> findings,
            @Nullable String endedBy,
            List<ThreadActivity.Kind> threads) {
        static Said of(Verdict verdict) {
            SocketLifecycle story = verdict.story();
            return new Said(
                    verdict.name(),
                    verdict.certainty(),
                    verdict.findings().stream().map(Finding::name).toList(),
                    verdict.kernelEnds().by(),
                    story.holders().stream()
                            .map(holder -> story.threads(holder.pid()))
                            .filter(Objects::nonNull)
                            .map(ThreadActivity::kind)
                            .toList());
        }
    }

    private record Standing(SocketLifecycle story, Said verdict) {}

    private final VerdictSink sink;
    private String run = "";
    private final Map<SocketId, Standing> standing = new HashMap<>();
    private final Map<VerdictName, Long> finals = new EnumMap<>(VerdictName.class);
    /** Of the present run. */
    private final Map<VerdictName, Long> counted = new EnumMap<>(VerdictName.class);

    private final Map<VerdictName, Long> pending = new EnumMap<>(VerdictName.class);

    public VerdictStage(VerdictSink sink) {
        this.sink = sink;
    }

    /** Final verdicts so far, by name; what an audit only counted among them. */
    public Map<VerdictName, Long> finals() {
        Map<VerdictName, Long> all = new TreeMap<>(finals);
        counted.forEach((name, count) -> all.merge(name, count, Long::sum));
        return all;
    }

    /** What was last said of those that stand, by name. */
    public Map<VerdictName, Long> standing() {
        Map<VerdictName, Long> now = new EnumMap<>(VerdictName.class);
        standing.values().stream()
                .filter(said -> said.story().stands()) // not what only seemed half-open
                .forEach(said -> now.merge(said.verdict().name(), 1L, Long::sum));
        return now;
    }

    /** Verdicts on what was pending when the input ended, by name. */
    public Map<VerdictName, Long> pending() {
        return new TreeMap<>(pending);
    }

    @Override
    public void onSession(Session session) {
        if (!session.run().equals(run)) {
            run = session.run();
            standing.clear();
        }
        sink.onSession(session);
    }

    @Override
    public void onFinal(SocketLifecycle story, long nowNs) {
        Verdict verdict = Judge.judgeFinal(story, nowNs);
        standing.remove(story.id());
        finals.merge(verdict.name(), 1L, Long::sum);
        sink.onVerdict(verdict);
    }

    @Override
    public void onStanding(SocketLifecycle story, long nowNs) {
        Verdict verdict = Judge.judgeStanding(story, nowNs);
        Said said = Said.of(verdict);
        Standing before = standing.put(story.id(), new Standing(story, said));
        if (before == null || !before.verdict().equals(said)) {
            sink.onVerdict(verdict);
        }
    }

    @Override
    public void onLateFact(SocketLifecycle story, long nowNs) {
        sink.onVerdict(Judge.judgeFinal(story, nowNs).restated());
    }

    @Override
    public void onPending(SocketLifecycle story, long nowNs) {
        Verdict verdict = Judge.judgeStanding(story, nowNs);
        pending.merge(verdict.name(), 1L, Long::sum);
        sink.onVerdict(verdict);
    }

    @Override
    public void onRunEnd() {
        standing.clear();
        counted.forEach((name, count) -> finals.merge(name, count, Long::sum));
        counted.clear();
        sink.onRunEnd();
    }

    @Override
    public void onCloses(Closes closes) {
        for (VerdictName name : VerdictName.values()) {
            long count = closes.count(name.name());
            if (count > 0) {
                counted.put(name, count);
            }
        }
        sink.onCloses(closes);
    }

    @Override
    public void onEvicted(SocketLifecycle story) {
        standing.remove(story.id());
    }

    @Override
    public void onTime(long nowNs) {
        sink.onTime(nowNs);
    }

    @Override
    public void onGap(Gap gap) {
        sink.onGap(gap);
    }
}
