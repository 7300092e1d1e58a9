package io.fintrail.capture;

import io.fintrail.capture.libbpf.BpfException;
import io.fintrail.capture.libbpf.MonotonicClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
    private static final String BTF = "/sys/kernel/btf/vmlinux";

    private HostCheck() {}

    public static List<Result> run(Loader asked) {
        List<Result> results = new ArrayList<>();
        results.add(ok("kernel", HostFacts.kernelRelease()));
        results.add(ok("clock", new MonotonicClock().hz() + " jiffies a second"));
        results.add(lockdown());
        boolean hasBtf = HostFacts.hasBtf();
        results.add(
                hasBtf
                        ? ok("btf", BTF)
                        : new Result(
                                "btf", Status.MISSING, BTF + " is missing", "a kernel with CONFIG_DEBUG_INFO_BTF=y"));
        Loader loader;
        try {
            loader = asked.resolve();
        } catch (CaptureException e) {
            results.add(failed("loader", e));
            return results;
        }
        Result chosen = loader(asked, loader, hasBtf);
        results.add(chosen);
        if (chosen.status() == Status.FAIL) {
            return results;
        }
        facts(loader, results);
        results.add(load(loader));
        return results;
    }

    /** Which one, and why. */
    private static Result loader(Loader asked, Loader loader, boolean hasBtf) {
        String why = asked == Loader.AUTO ? "" : " (as asked)";
        if (loader == Loader.LIBBPF) {
            if (!hasBtf) {
                return new Result("loader", Status.FAIL, "libbpf takes BTF", "--loader bcc, or auto");
            }
            return ok("loader", "libbpf: the programs of this build, fitted to the kernel by its BTF" + why);
        }
        KernelHeaders headers = KernelHeaders.ofThisKernel();
        return headers.fit()
                ? ok("loader", "bcc: compiles them against " + headers.says() + why)
                : new Result("loader", Status.FAIL, "bcc: " + headers.says(), headers.cure());
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

    private static void facts(Loader loader, List<Result> results) {
        try {
            KernelShape shape =
                    loader == Loader.BCC ? TracepointFormats.ofThisKernel().shape() : KernelShape.read();
            List<MissingFacts.Missing> missing = MissingFacts.of(shape);
            results.add(ok("tracepoints", shape.arguments().size() + " of " + Tracepoint.values().length));
            results.add(ok("snapshots", snapshots(shape)));
            for (MissingFacts.Missing fact : missing) {
                results.add(new Result("fact", Status.MISSING, fact.says(), fact.cure()));
            }
            noAudit(shape).ifPresent(results::add);
        } catch (CaptureException e) {
            results.add(failed("tracepoints", e));
        } catch (BpfException | UnsatisfiedLinkError e) {
            results.add(new Result("libbpf", Status.FAIL, String.valueOf(e.getMessage()), "apt-get install libbpf1"));
        }
    }

    /** It has no choice of loaders: what counts is what the kernel has. */
    private static Optional<Result> noAudit(KernelShape asLoaded) {
        if (!HostFacts.hasBtf()) {
            return Optional.of(
                    new Result("audit", Status.MISSING, "takes BTF", "a kernel with CONFIG_DEBUG_INFO_BTF=y; or live"));
        }
        KernelShape shape = asLoaded.hasBtf() ? asLoaded : KernelShape.read();
        return shape.hasSocketCookie()
                ? Optional.empty()
                : Optional.of(
                        new Result("audit", Status.MISSING, "takes socket cookies (5.12)", "a newer kernel; or live"));
    }

    private static String snapshots(KernelShape shape) {
        if (!shape.hasSocketIterator()) {
            return "sockets by inet_diag, their holders by /proc";
        }
        return shape.hasHolderIterator() ? "sockets and their holders" : "sockets";
    }

    private static Result load(Loader loader) {
        try (Tracer tracer = Tracer.attach(
                CaptureFilter.everything(), SMALL_RING, SnapshotPlan.usual(0), Traced.CLOSES_AND_PAIRS, loader)) {
            return ok(
                    "attach", tracer.describe().programs().size() + " programs loaded, attached and taken down again");
        } catch (CaptureException e) {
            return failed("attach", e);
        }
    }

    private static Result failed(String name, CaptureException e) {
        String says = String.valueOf(e.getMessage());
        int colon = says.lastIndexOf(": ");
        return colon < 0
                ? new Result(name, Status.FAIL, says, "")
                : new Result(name, Status.FAIL, says.substring(0, colon), says.substring(colon + 2));
    }
}
