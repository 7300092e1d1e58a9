package io.fintrail.cli;

import io.fintrail.capture.HostFacts;
import io.fintrail.capture.Tracer;
import io.fintrail.event.TcpEventKind;
import io.fintrail.verdict.VerdictName;
import io.fintrail.view.AuditMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What an audit costs its host, asked on the thread that judges. */
final class AuditCosts implements AuditMetrics.Costs {
    private static final double NS = 1e9;

    private final Tracer tracer;
    private final Path directory;
    private @Nullable Analysis analysis;

    AuditCosts(Tracer tracer, Path directory) {
        this.tracer = tracer;
        this.directory = directory;
    }

    /** Whose stories are counted. */
    void of(Analysis analysis) {
        this.analysis = analysis;
    }

    @Override
    public Map<TcpEventKind, Long> events() {
        return analysis == null ? Map.of() : analysis.events();
    }

    @Override
    public Map<VerdictName, Long> standing() {
        return analysis == null ? Map.of() : analysis.standing();
    }

    @Override
    public long tracked() {
        return analysis == null ? 0 : analysis.tracked();
    }

    @Override
    public long evicted() {
        return analysis == null ? 0 : analysis.evicted();
    }

    @Override
    public long journalBytes() {
        try (Stream<Path> files = Files.list(directory)) {
            long bytes = 0;
            for (Path file : files.toList()) {
                bytes += size(file);
            }
            return bytes;
        } catch (IOException e) {
            return 0;
        }
    }

    /** A file that is being written is a little ahead of what is in it. */
    private static long size(Path file) {
        try {
            Object size = Files.getAttribute(file, "size");
            return size instanceof Number number ? number.longValue() : 0;
        } catch (IOException e) {
            return 0; // removed meanwhile
        }
    }

    @Override
    public double cpuSeconds() {
        return HostFacts.processCpuSeconds();
    }

    @Override
    public long residentBytes() {
        return HostFacts.residentBytes();
    }

    @Override
    public double bpfSeconds() {
        List<Tracer.ProgramCost> costs = tracer.kernelCost();
        long ns = costs.stream().mapToLong(Tracer.ProgramCost::ns).sum();
        return ns == 0 ? -1 : ns / NS;
    }
}
