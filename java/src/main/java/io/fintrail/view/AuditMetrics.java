package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEventKind;
import io.fintrail.incident.Incident;
import io.fintrail.incident.Incident.Change;
import io.fintrail.incident.IncidentKind;
import io.fintrail.lifecycle.Closes;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an audit has seen, for Prometheus. The thread that judges writes a page of numbers once a second, or every five where
 * nobody has read the last one; those that scrape read the newest. Label values are bounded: what is too much for them is counted as {@code other}.
 */
public final class AuditMetrics implements View, AutoCloseable {
    /** What the host and the process cost and hold; asked when a page is written, on the judging thread. */
    public interface Costs {
        Map<TcpEventKind, Long> events();

        /** What stands half-closed and was told of, by verdict. */
        Map<VerdictName, Long> standing();

        long tracked();

        long evicted();

        long journalBytes();

        double cpuSeconds();

        long residentBytes();

        /** Seconds that the programs took of the kernel; negative where the kernel does not count it. */
        double bpfSeconds();
    }

    private static final int MOST_SERVICES = 256;
    private static final String OTHER = "other";
    private static final long PAGE_NS = 1_000_000_000L;
    private static final long UNREAD_PAGE_NS = 5_000_000_000L;
    private static final double[] AGES = {1, 5, 30, 60, 300, 900, 3600, Double.POSITIVE_INFINITY};
    private static final List<String> CAUSES = List.of("TLP", "RTO", "RECOVERY");
    private static final List<String> STATES = List.of("FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT", "LAST_ACK", "CLOSING");

    private record Close(String verdict, String service) {}

    private final Costs costs;
    private final String version;
    private final HTTPServer server;
    private final Map<Close, Long> told = new HashMap<>();
    private final Map<String, Long> services = new HashMap<>();
    private final Map<String, Long> lost = new TreeMap<>();
    private final Map<String, Incident> incidents = new HashMap<>();
    private Closes closes = Closes.NONE;
    private long pageNs = Long.MIN_VALUE;
    private volatile MetricSnapshots page = MetricSnapshots.of();
    private volatile boolean isRead;

    /**
     * Listens at once.
     *
     * @throws IOException if it cannot listen there
     */
    public AuditMetrics(InetSocketAddress listen, String version, Costs costs) throws IOException {
        this.costs = costs;
        this.version = version;
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register((MultiCollector) this::read);
        server = HTTPServer.builder()
                .inetAddress(listen.getAddress())
                .port(listen.getPort())
                .registry(registry)
                .buildAndStart();
    }

    /** Where it listens: the port is the system's choice if none was asked for. */
    public int port() {
        return server.getPort();
    }

    @Override
    public void onSession(Session session) {}

    @Override
    public void onReady(String what) {}

    @Override
    public void onVerdict(Verdict verdict) {
        if (verdict.isFinal() && !verdict.isRestated()) {
            told.merge(new Close(verdict.name().name(), bounded(ServiceName.of(verdict.story()))), 1L, Long::sum);
        }
    }

    private String bounded(String service) {
        if (services.size() >= MOST_SERVICES && !services.containsKey(service)) {
            return OTHER;
        }
        services.put(service, 0L);
        return service;
    }

    @Override
    public void onCloses(Closes closes) {
        this.closes = closes;
    }

    @Override
    public void onIncident(Incident incident) {
        boolean isOver = incident.changed() == Change.CLOSED || incident.changed() == Change.UNWATCHED;
        if (isOver) {
            incidents.remove(incident.id());
        } else {
            incidents.put(incident.id(), incident);
        }
    }

    @Override
    public void onGap(Gap gap) {
        String cause = lost.size() < 16 || lost.containsKey(gap.cause()) ? gap.cause() : OTHER;
        lost.merge(cause, gap.lost(), Long::sum);
    }

    @Override
    public void onEvent(Evidence evidence) {}

    @Override
    public void onClockStep(long ktimeNs, long byNs) {}

    @Override
    public void onSummary(Summary summary) {}

    @Override
    public void onTime(long nowNs) {
        if (pageNs == Long.MIN_VALUE || nowNs - pageNs >= (isRead ? PAGE_NS : UNREAD_PAGE_NS)) {
            pageNs = nowNs;
            isRead = false;
            page = write();
        }
    }

    private MetricSnapshots read() {
        isRead = true;
        return page;
    }

    private MetricSnapshots write() {
        MetricSnapshots.Builder all = MetricSnapshots.builder()
                .metricSnapshot(closesNow())
                .metricSnapshot(standing())
                .metricSnapshot(halfClosed())
                .metricSnapshot(ages())
                .metricSnapshot(retransmits())
                .metricSnapshot(incidentSockets())
                .metricSnapshot(lostNow())
                .metricSnapshot(events())
                .metricSnapshot(counter("fintrail_stories", "Connections that were told of.", closes.stories()))
                .metricSnapshot(
                        counter("fintrail_stories_evicted", "Given up to keep memory bounded.", costs.evicted()))
                .metricSnapshot(counter(
                        "fintrail_stories_unplaced",
                        "Of those, told of as they happened because the ledger was full.",
                        closes.unplaced()))
                .metricSnapshot(
                        counter("fintrail_process_cpu_seconds", "Processor time of this process.", costs.cpuSeconds()))
                .metricSnapshot(gauge("fintrail_tracked_sockets", "Stories held now.", costs.tracked()))
                .metricSnapshot(gauge("fintrail_ledger_places", "Places of the ledger taken.", closes.places()))
                .metricSnapshot(gauge("fintrail_journal_bytes", "Size of the journal.", costs.journalBytes()))
                .metricSnapshot(
                        gauge("fintrail_process_resident_bytes", "Memory of this process.", costs.residentBytes()))
                .metricSnapshot(InfoSnapshot.builder()
                        .name("fintrail_build")
                        .help("Which build this is.")
                        .dataPoint(new InfoDataPointSnapshot(Labels.of("version", version)))
                        .build());
        double bpf = costs.bpfSeconds();
        if (bpf >= 0) {
            all.metricSnapshot(
                    counter("fintrail_bpf_seconds", "Time of the BPF programs (kernel.bpf_stats_enabled).", bpf));
        }
        return all.build();
    }

    private static CounterSnapshot counter(String name, String help, long value) {
        return counter(name, help, (double) value);
    }

    private static CounterSnapshot counter(String name, String help, double value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(CounterDataPointSnapshot.builder().value(value).build())
                .build();
    }

    private static GaugeSnapshot gauge(String name, String help, long value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(
                        GaugeDataPointSnapshot.builder().value((double) value).build())
                .build();
    }

    private CounterSnapshot closesNow() {
        Map<Close, Long> all = new HashMap<>(told);
        closes.byVerdict()
                .forEach((verdict, byService) -> byService.forEach((service, count) ->
                        all.merge(new Close(verdict, bounded(ServiceName.of(service))), count, Long::sum)));
        CounterSnapshot.Builder closed =
                CounterSnapshot.builder().name("fintrail_closes").help("Connections that have closed, by verdict.");
        all.forEach((close, count) -> closed.dataPoint(CounterDataPointSnapshot.builder()
                .labels(Labels.of("verdict", close.verdict(), "service", close.service()))
                .value(count)
                .build()));
        for (VerdictName name : VerdictName.values()) {
            boolean isNew = all.keySet().stream().noneMatch(c -> c.verdict().equals(name.name()));
            if (isNew) { // a rate needs the zero before the first
                closed.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(Labels.of("verdict", name.name(), "service", OTHER))
                        .value(0)
                        .build());
            }
        }
        return closed.build();
    }

    private CounterSnapshot events() {
        CounterSnapshot.Builder events =
                CounterSnapshot.builder().name("fintrail_events").help("Facts that the kernel told of, by kind.");
        Map<TcpEventKind, Long> counts = costs.events();
        for (TcpEventKind kind : TcpEventKind.values()) {
            events.dataPoint(CounterDataPointSnapshot.builder()
                    .labels(Labels.of("kind", kind.name()))
                    .value(counts.getOrDefault(kind, 0L))
                    .build());
        }
        return events.build();
    }

    private GaugeSnapshot halfClosed() {
        GaugeSnapshot.Builder sockets = GaugeSnapshot.builder()
                .name("fintrail_half_closed_sockets")
                .help("Sockets of which one direction is finished, at the newest look.");
        for (String state : STATES) {
            for (String held : List.of("held", "orphan")) {
                sockets.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(Labels.of("state", state, "held", Boolean.toString(held.equals("held"))))
                        .value(closes.halfClosed().getOrDefault(state + "/" + held, 0L))
                        .build());
            }
        }
        return sockets.build();
    }

    private HistogramSnapshot ages() {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int i = 0; i < AGES.length; i++) {
            buckets.bucket(AGES[i], i < closes.ages().size() ? closes.ages().get(i) : 0);
        }
        return HistogramSnapshot.builder()
                .name("fintrail_half_closed_age_seconds")
                .help("For how long they have been, at the newest look.")
                .gaugeHistogram(true)
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(buckets.build())
                        .sum((double) closes.ageSeconds())
                        .build())
                .build();
    }

    private CounterSnapshot retransmits() {
        CounterSnapshot.Builder repeats = CounterSnapshot.builder()
                .name("fintrail_fin_retransmits")
                .help("FINs of this host that were sent again.");
        for (String cause : CAUSES) {
            repeats.dataPoint(CounterDataPointSnapshot.builder()
                    .labels(Labels.of("cause", cause))
                    .value(closes.retransmits().getOrDefault(cause, 0L))
                    .build());
        }
        return repeats.build();
    }

    private GaugeSnapshot standing() {
        return sockets(
                "fintrail_standing_sockets",
                "Sockets that stand, by what was last said of them.",
                "verdict",
                VerdictName.values(),
                costs.standing());
    }

    private GaugeSnapshot incidentSockets() {
        Map<IncidentKind, Long> sizes = new EnumMap<>(IncidentKind.class);
        incidents.values().forEach(incident -> sizes.merge(incident.kind(), (long) incident.size(), Long::sum));
        return sockets(
                "fintrail_incident_sockets",
                "Size of the incidents that are open, by kind.",
                "kind",
                IncidentKind.values(),
                sizes);
    }

    private static <E extends Enum<E>> GaugeSnapshot sockets(
            String name, String help, String label, E[] all, Map<E, Long> counts) {
        GaugeSnapshot.Builder sockets = GaugeSnapshot.builder().name(name).help(help);
        for (E each : all) {
            sockets.dataPoint(GaugeDataPointSnapshot.builder()
                    .labels(Labels.of(label, each.name()))
                    .value(counts.getOrDefault(each, 0L))
                    .build());
        }
        return sockets.build();
    }

    private CounterSnapshot lostNow() {
        CounterSnapshot.Builder gaps =
                CounterSnapshot.builder().name("fintrail_events_lost").help("Facts that were lost, by cause.");
        Map<String, Long> all = new TreeMap<>(lost);
        List.of("ring full", "recursion miss", Gap.TOO_MANY_STORIES, Gap.END_MISSED)
                .forEach(cause -> all.putIfAbsent(cause, 0L));
        all.forEach((cause, count) -> gaps.dataPoint(CounterDataPointSnapshot.builder()
                .labels(Labels.of("cause", Hostile.shown(cause)))
                .value(count)
                .build()));
        return gaps.build();
    }

    @Override
    public void close() {
        server.stop();
    }
}
