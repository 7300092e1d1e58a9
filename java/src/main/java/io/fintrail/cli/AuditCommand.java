package io.fintrail.cli;

import io.fintrail.capture.HostFacts;
import io.fintrail.capture.ServiceManager;
import io.fintrail.capture.SnapshotPlan;
import io.fintrail.capture.Traced;
import io.fintrail.capture.Tracer;
import io.fintrail.event.Session;
import io.fintrail.journal.JournalDirectory;
import io.fintrail.journal.Retention;
import io.fintrail.view.AuditLog;
import io.fintrail.view.AuditMetrics;
import io.fintrail.view.BothViews;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Always on: what closes cleanly is counted in the kernel, and of what does not the whole story is kept. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = {
            "Watches for months: counts clean closes in the kernel, keeps the story of each broken one, and says so in a"
                    + " log and in metrics.",
            "As a service: tools/systemd. For Prometheus and Grafana: tools/prometheus."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  fintrail audit /var/lib/fintrail                      until Ctrl-C; metrics on 127.0.0.1:9464",
            "  fintrail audit /var/lib/fintrail --port 443 --metrics off",
            "  fintrail audit /var/lib/fintrail --keep-age 30d --keep-size 8GiB --stuck-after 2m",
            "  curl -s localhost:9464/metrics | grep fintrail_closes",
            "  fintrail report /var/lib/fintrail                     beside it or later: what is wrong in all",
            "  fintrail explain /var/lib/fintrail 10.0.0.1:443-10.0.0.9:4711"
        })
final class AuditCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.LOGGER);

    /** A story takes some 6 KB of heap, which the launcher bounds. */
    private static final int MOST_TRACKED = 20_000;

    private static final long USUAL_LOOK_EVERY_NS = 15_000_000_000L;
    private static final int USUAL_REST = 500;
    private static final String NO_METRICS = "off";
    private static final int MOST_RING_BYTES = 1 << 20;
    private static final int LEAST_RING_BYTES = 64 << 10;
    /** Of all processors that there may be: a service has a limit that they count for. */
    private static final int MOST_RINGS_BYTES = 64 << 20;

    @Parameters(paramLabel = "DIR", description = "Made for its owner only. One that has recordings gets another one.")
    private Path journal = Path.of("");

    @Mixin
    private FilterOptions filters = new FilterOptions();

    @Option(names = "--for", paramLabel = "DUR", description = "End after this time: 10s, 5m, 7d (default: never).")
    private Amounts.@Nullable Duration time;

    @Option(
            names = "--stuck-after",
            paramLabel = "DUR",
            description = "Tell of a half-closed socket that stands this long (default: 30s).")
    private Amounts.Duration stuckAfter = new Amounts.Duration(30_000_000_000L);

    @Option(
            names = "--look-every",
            paramLabel = "DUR",
            description =
                    "Look at half-closed sockets and count them this often (default: 15s, or less often where a look"
                            + " takes more than 1/500 of that).")
    private Amounts.@Nullable Duration lookEvery;

    @Option(
            names = "--max-stories",
            paramLabel = "N",
            description = "Tell of so many broken closes in a second; more are counted as lost (default: 1000).")
    private int mostStories = SnapshotPlan.USUAL_MOST_STORIES;

    @Option(
            names = "--keep-age",
            paramLabel = "DUR",
            description = "Remove what is older, in whole files of up to an hour (default: 7d).")
    private Amounts.Duration keepAge = new Amounts.Duration(TimeUnit.DAYS.toNanos(7));

    @Option(
            names = "--keep-size",
            paramLabel = "SIZE",
            description = "Remove the oldest when it takes more, from 8MiB (default: 2GiB).")
    private Amounts.Size keepSize = new Amounts.Size(2L << 30);

    @Option(
            names = "--metrics",
            paramLabel = "HOST:PORT",
            description = "Serve metrics there, without a password (default: 127.0.0.1:9464); `off` for none.")
    private String metrics = "127.0.0.1:9464";

    @Override
    public Integer call() throws IOException {
        java.util.logging.Logger heard = JournaldFormat.listenTo(AuditLog.LOGGER);
        InetSocketAddress listen = metrics.equals(NO_METRICS) ? null : address(metrics);
        if (mostStories < 1) {
            throw new IllegalArgumentException("--max-stories " + mostStories + ": at least 1 is needed");
        }
        Retention retention = new Retention(TimeUnit.NANOSECONDS.toMillis(keepAge.ns()), keepSize.bytes());
        JournalDirectory directory = JournalDirectory.keepOn(journal);
        if (directory.isOpenToOthers()) {
            heard.warning("others can see what is in " + directory.path()
                    + " (its files are for their owner only): chmod 700 it");
        }
        for (Path aside : directory.setAside()) {
            LOG.warn("what another version wrote is in {}: remove it when nobody needs it", aside);
        }
        Tracer tracer = attach(directory);
        try (ServiceManager manager = ServiceManager.of(System.getenv())) {
            watch(tracer, directory, retention, listen, manager);
        }
        return ExitCode.DONE;
    }

    private Tracer attach(JournalDirectory directory) {
        try {
            SnapshotPlan plan = lookEvery == null
                    ? new SnapshotPlan(USUAL_LOOK_EVERY_NS, stuckAfter.ns(), null, mostStories, USUAL_REST)
                    : new SnapshotPlan(lookEvery.ns(), stuckAfter.ns(), null, mostStories, 0);
            return Tracer.attach(filters.inKernel(), ringBytes(), plan, Traced.BROKEN_CLOSES);
        } catch (RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    private static int ringBytes() {
        int share = Integer.highestOneBit(MOST_RINGS_BYTES / HostFacts.possibleCpus());
        return Math.max(LEAST_RING_BYTES, Math.min(MOST_RING_BYTES, share));
    }

    private void watch(
            Tracer tracer,
            JournalDirectory directory,
            Retention retention,
            @Nullable InetSocketAddress listen,
            ServiceManager manager)
            throws IOException {
        Session session = tracer.describe();
        Watchdog watchdog = new Watchdog(manager);
        AuditCosts costs = new AuditCosts(tracer, directory.path());
        try (LiveSession live = new LiveSession(
                        tracer, directory, retention, writer -> new AuditRecorder(writer, session, watchdog::drained));
                AuditMetrics page = listen == null ? null : listening(listen, costs)) {
            filters.all = true; // each is counted; the log says which are problems
            Analysis analysis = new Analysis(
                    filters.onOutput(),
                    clock -> page == null ? new AuditLog(clock) : new BothViews(new AuditLog(clock), page),
                    MOST_TRACKED);
            costs.of(analysis);
            if (page != null && listen != null) {
                LOG.info("metrics on http://{}:{}/metrics", listen.getHostString(), page.port());
            }
            long beganNs = System.nanoTime();
            BooleanSupplier ended = () -> time != null && System.nanoTime() - beganNs >= time.ns();
            live.run(analysis, session, manager::ready, () -> {
                watchdog.judged();
                return ended.getAsBoolean();
            });
            manager.stopping();
        }
    }

    private static AuditMetrics listening(InetSocketAddress listen, AuditCosts costs) {
        try {
            return new AuditMetrics(listen, Version.number(), costs);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "--metrics: cannot listen on " + listen.getHostString() + ":" + listen.getPort() + " ("
                            + e.getMessage() + "): choose another port, or `off`",
                    e);
        }
    }

    /** @throws IllegalArgumentException saying what is wrong with it */
    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        if (colon < 1 || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65535) {
            throw new IllegalArgumentException(
                    "--metrics " + text + ": HOST:PORT is needed, e.g. 127.0.0.1:9464, or `off`");
        }
        try {
            return new InetSocketAddress(InetAddress.getByName(text.substring(0, colon)), Integer.parseInt(port));
        } catch (java.net.UnknownHostException e) {
            throw new IllegalArgumentException("--metrics " + text + ": no such host", e);
        }
    }
}
