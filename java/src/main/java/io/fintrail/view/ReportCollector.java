package io.fintrail.view;

import io.fintrail.event.ForwardingSink;
import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.TraceSink;
import io.fintrail.incident.Incident;
import io.fintrail.incident.IncidentSink;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.LifecycleListener;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what a report says while a journal is read. It listens in three places: before the tracker ({@link #sampling}),
 * before the verdicts ({@link #listening}), and as their sink. Bounded. Single-threaded.
 */
public final class ReportCollector implements VerdictSink, IncidentSink {
    private static final int MOST_GAPS = 100;
    private static final int MOST_INCIDENTS = 1_000;

    /** An incident with the run in which it was. */
    private record Seen(Incident incident, Recording recording) {}

    private final StateSamples samples = new StateSamples();
    private final ReportTable table = new ReportTable();
    private final ChosenStories chosen = new ChosenStories();
    private final List<Report.Lost> gaps = new ArrayList<>();
    private final Map<String, Long> closedFirst = new TreeMap<>();
    private final Map<String, Seen> incidents = new LinkedHashMap<>();
    /** Which connection is in which of them, or was last. */
    private final Map<ReportTable.Key, String> members = new HashMap<>();

    private @Nullable Members sorted;
    /** Some of it may leave before anybody asks again. */
    private boolean hasGrown;

    private final CoveredSpan covered = new CoveredSpan();
    private final List<Recording> recordings = new ArrayList<>();
    private Recording recording = new Recording(new Session(new TreeMap<>()));
    private WallClock clock = new WallClock(recording::wallOffsetNs);

    /** Passes everything on to {@code tracker}, and asks it at times how many connections are in which state. */
    public TraceSink sampling(LifecycleTracker tracker) {
        return new ForwardingSink(tracker) {
            @Override
            public void onClock(long drainedToNs, long wallOffsetNs) {
                recording.reached(drainedToNs);
                recording.wallOffset(wallOffsetNs);
                super.onClock(drainedToNs, wallOffsetNs);
                long wallNs = drainedToNs + wallOffsetNs;
                covered.reached(wallNs);
                if (samples.isDue(wallNs)) {
                    samples.add(wallNs, tracker.states());
                }
            }

            @Override
            public void onEnd(long ktimeNs) {
                recording.reached(ktimeNs);
                super.onEnd(ktimeNs);
                covered.reached(clock.wallNs(ktimeNs));
                samples.end(clock.wallNs(ktimeNs), tracker.states());
            }
        };
    }

    /** Passes everything on to {@code verdicts}, and follows the connections whose story is told. */
    public LifecycleListener listening(LifecycleListener verdicts) {
        return new Listening(verdicts);
    }

    private final class Listening implements LifecycleListener {
        private final LifecycleListener verdicts;

        Listening(LifecycleListener verdicts) {
            this.verdicts = verdicts;
        }

        @Override
        public void onSession(Session session) {
            beginRun(session);
            verdicts.onSession(session);
        }

        @Override
        public void onFinal(SocketLifecycle story, long nowNs) {
            closedFirst.merge(ReportRow.closedFirst(story), 1L, Long::sum);
            verdicts.onFinal(story, nowNs);
        }

        @Override
        public void onStanding(SocketLifecycle story, long nowNs) {
            verdicts.onStanding(story, nowNs);
        }

        @Override
        public void onLateFact(SocketLifecycle story, long nowNs) {
            verdicts.onLateFact(story, nowNs);
        }

        @Override
        public void onPending(SocketLifecycle story, long nowNs) {
            closedFirst.merge(ReportRow.closedFirst(story), 1L, Long::sum);
            verdicts.onPending(story, nowNs);
        }

        @Override
        public void onGap(Gap gap) {
            verdicts.onGap(gap);
        }

        @Override
        public void onRunEnd() {
            verdicts.onRunEnd();
        }

        @Override
        public void onTime(long nowNs) {
            verdicts.onTime(nowNs);
        }

        @Override
        public void onFolded(SocketLifecycle story, Evidence evidence) {
            recording.reached(evidence.atNs());
            covered.reached(clock.wallNs(evidence.atNs()));
            chosen.onFolded(story, evidence);
            verdicts.onFolded(story, evidence);
        }
    }

    private void beginRun(Session session) {
        covered.onSession(session);
        if (recordings.isEmpty() || !session.run().equals(recording.run())) {
            recording = new Recording(session);
            clock = new WallClock(recording::wallOffsetNs);
            recordings.add(recording);
        }
    }

    private int run() {
        return recordings.size();
    }

    /** What begins a run has been seen to before. */
    @Override
    public void onSession(Session session) {}

    @Override
    public void onVerdict(Verdict verdict) {
        ReportRow row = ReportRow.of(run(), verdict, clock);
        ReportTable.Put put = table.put(row);
        ReportTable.Key gone = put.gone();
        if (gone != null) {
            chosen.remove(gone);
            members.remove(gone);
        }
        if (put.isKept()) {
            chosen.offer(row, verdict, recording);
        }
    }

    @Override
    public void onGap(Gap gap) {
        recording.lost(gap);
        if (gaps.size() < MOST_GAPS) {
            gaps.add(new Report.Lost(
                    clock.wallNs(gap.fromNs()),
                    clock.wallNs(gap.toNs()),
                    gap.lost(),
                    Doubts.what(gap),
                    Hostile.shown(gap.cause())));
        }
    }

    @Override
    public void onIncident(Incident incident) {
        if (incident.isEnded()) {
            noteMembers();
        }
        hasGrown |= incident.changed() == Incident.Change.OPENED || incident.changed() == Incident.Change.GREW;
        incidents.put(incident.id(), new Seen(incident, recording));
        if (incidents.size() > MOST_INCIDENTS) {
            incidents.remove(leastOfInterest());
        }
    }

    /** The first that is over, else the first. */
    private String leastOfInterest() {
        return incidents.entrySet().stream()
                .filter(entry -> entry.getValue().incident().isEnded())
                .findFirst()
                .orElseGet(() -> incidents.entrySet().iterator().next())
                .getKey();
    }

    @Override
    public void onSorted(long atNs, Members members) {
        sorted = members;
        if (hasGrown) {
            noteMembers();
            hasGrown = false;
        }
    }

    /** As they were sorted last; once for each sorting. */
    private void noteMembers() {
        Members newest = sorted;
        sorted = null;
        if (newest == null) {
            return;
        }
        for (ReportTable.Key key : table.keys()) {
            String incident = key.run() == run() ? newest.incidentOf(key.id()) : null;
            if (incident != null && !incident.equals(Members.NOT_KNOWN_YET)) {
                members.put(key, incident);
            }
        }
    }

    /**
     * What has been gathered. To be called once everything is read and {@code summary} is made.
     *
     * @param journal as the user names it
     */
    public Report report(String journal, Summary summary, long removedBefore) {
        noteMembers();
        List<ReportRow> rows = table.all();
        List<ReportStory> stories = new StoryPicker(table, chosen).tell(rows, removedBefore);
        List<Report.Noticed> noticed = new ArrayList<>();
        Map<String, List<ReportRow>> rowsByIncident = new HashMap<>();
        for (ReportRow row : rows) {
            String incident = members.get(ReportTable.Key.of(row));
            if (incident != null) {
                rowsByIncident
                        .computeIfAbsent(incident, id -> new ArrayList<>())
                        .add(row);
            }
        }
        incidents.forEach((id, seen) -> noticed.add(StoryPicker.noticed(
                seen.incident(),
                new WallClock(seen.recording()::wallOffsetNs),
                rowsByIncident.getOrDefault(id, List.of()),
                stories)));
        noticed.sort(java.util.Comparator.comparing(Report.Noticed::isOver)
                .thenComparing(one -> -one.incident().size()));
        return new Report(
                covered.coverage(journal, removedBefore),
                summary,
                noticed,
                new TreeMap<>(closedFirst),
                List.copyOf(gaps),
                samples.all(),
                rows,
                stories);
    }
}
