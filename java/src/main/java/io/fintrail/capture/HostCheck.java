package io.fintrail.capture;

import io.fintrail.capture.libbpf.BpfException;
import io.fintrail.capture.libbpf.MonotonicClock;
import java.util.ArrayList;
import java.util.List;

/**
 * Tries, step by step, what tracing this host takes. The last word has a real load: `bpftool feature probe` and
 * capability bits have been wrong before.
 */
public final class HostCheck {
    /** How a step went; MISSING takes facts away, FAIL makes tracing impossible. */
    public enum Status {
        OK,
        MISSING,
        FAIL
    }

    /** One step; {@code cure} is empty where nothing is wrong. */
    public record Result(String name, Status status, String says, String cure) {}

    private static final int SMALL_RING = 4096;

    private HostCheck() {}

    public static List<Result> run() {
        List<Result> results = new ArrayList<>();
        results.add(ok("kernel", HostFacts.kernelRelease()));
        results.add(ok("clock", new MonotonicClock().hz() + " jiffies a second"));
        results.add(lockdown());
        if (!HostFacts.hasBtf()) {
            results.add(new Result(
                    "btf",
                    Status.FAIL,
                    "/sys/kernel/btf/vmlinux is missing",
                    "boot a kernel with CONFIG_DEBUG_INFO_BTF=y (every distribution's of today has it)"));
            return results;
        }
        results.add(ok("btf", "/sys/kernel/btf/vmlinux"));
        facts(results);
        results.add(load());
        return results;
    }

    private static Result ok(String name, String says) {
        return new Result(name, Status.OK, says, "");
    }

    private static Result lockdown() {
        String mode = HostFacts.lockdown();
        return mode.equals("confidentiality")
                ? new Result(
                        "lockdown",
                        Status.FAIL,
                        "confidentiality: BPF may not read the kernel",
                        "boot with lockdown=integrity or none")
                : ok("lockdown", mode);
    }

    private static void facts(List<Result> results) {
        try {
            KernelShape shape = KernelShape.read();
            List<String> missing = shape.missingFacts();
            results.add(ok("tracepoints", shape.arguments().size() + " of " + Tracepoint.values().length));
            if (shape.hasSocketIterator()) {
                results.add(ok("snapshots", shape.hasHolderIterator() ? "sockets and their holders" : "sockets"));
            }
            for (String fact : missing) {
                results.add(
                        new Result("fact", Status.MISSING, fact, "a newer kernel; what can be told is told without"));
            }
        } catch (BpfException | UnsatisfiedLinkError e) {
            results.add(new Result("libbpf", Status.FAIL, String.valueOf(e.getMessage()), "apt-get install libbpf1"));
        }
    }

    private static Result load() {
        try (Tracer tracer =
                Tracer.attach(CaptureFilter.everything(), SMALL_RING, SnapshotPlan.usual(0), Traced.CLOSES_AND_PAIRS)) {
            return ok(
                    "attach", tracer.describe().programs().size() + " programs loaded, attached and taken down again");
        } catch (CaptureException e) {
            String says = String.valueOf(e.getMessage());
            int colon = says.indexOf(": ");
            return colon < 0
                    ? new Result("attach", Status.FAIL, says, "")
                    : new Result("attach", Status.FAIL, says.substring(0, colon), says.substring(colon + 2));
        }
    }
}
