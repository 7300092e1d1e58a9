package io.fintrail.cli;

import io.fintrail.capture.CaptureFilter;
import io.fintrail.capture.SnapshotPlan;
import io.fintrail.capture.Traced;
import io.fintrail.capture.Tracer;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What `live` and `record` take from the kernel, and for how long. */
final class CaptureOptions {
    private static final int SMALLEST_RING = 4096;
    private static final long LARGEST_RING = 512L << 20;

    @Option(names = "--for", paramLabel = "DUR", description = "End after this time: 250ms, 10s, 5m, 7d.")
    private Amounts.@Nullable Duration time;

    @Option(
            names = "--stuck-after",
            paramLabel = "DUR",
            description = "Report a half-closed socket that stands this long (default: 5s).")
    private Amounts.Duration stuckAfter = new Amounts.Duration(5_000_000_000L);

    @Option(
            names = "--snapshot-every",
            paramLabel = "DUR",
            description = "Look at all sockets and their holders this often (default: 10s; 0s: at start and end only).")
    private Amounts.Duration snapshotEvery = new Amounts.Duration(SnapshotPlan.USUAL_EVERY_NS);

    enum Pairs {
        ON,
        OFF;

        static Pairs parse(String text) {
            return switch (text) {
                case "on" -> ON;
                case "off" -> OFF;
                default -> throw new TypeConversionException("'" + text + "' is neither on nor off");
            };
        }
    }

    @Option(
            names = "--pairs",
            paramLabel = "on|off",
            description = "Find the two legs of proxied sessions; watches every receive and send (default: on).")
    private Pairs pairs = Pairs.ON;

    @Option(
            names = "--haproxy",
            paramLabel = "SOCKET",
            description = "Ask haproxy there, at each look, how near its maxconn is: /run/haproxy/admin.sock")
    private @Nullable Path haproxy;

    @Mixin
    private LoaderOption loader = new LoaderOption();

    @Option(
            names = "--ring",
            paramLabel = "SIZE",
            description =
                    "Ring of each CPU, a power of two (default: 4MiB): larger if events are lost with `ring full`.")
    private Amounts.Size ring = new Amounts.Size(4 << 20);

    Tracer attach(CaptureFilter filter) {
        return Tracer.attach(
                filter,
                ringBytes(),
                new SnapshotPlan(snapshotEvery.ns(), stuckAfter.ns(), haproxy),
                pairs == Pairs.ON ? Traced.CLOSES_AND_PAIRS : Traced.CLOSES,
                loader.loader);
    }

    /** Says true once `--for` is over, counted from now. */
    BooleanSupplier timeIsOver() {
        Amounts.Duration limit = time;
        long beganNs = System.nanoTime();
        return () -> limit != null && System.nanoTime() - beganNs >= limit.ns();
    }

    private int ringBytes() {
        boolean powerOfTwo = Long.bitCount(ring.bytes()) == 1;
        if (!powerOfTwo || ring.bytes() < SMALLEST_RING || ring.bytes() > LARGEST_RING) {
            throw new IllegalArgumentException("--ring " + ring.bytes() + " bytes: a power of two from " + SMALLEST_RING
                    + " to " + LARGEST_RING + " is needed, e.g. 4MiB");
        }
        return (int) ring.bytes();
    }
}
