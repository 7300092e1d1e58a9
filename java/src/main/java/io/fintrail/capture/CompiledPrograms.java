package io.fintrail.capture;

import io.fintrail.capture.bcc.BccException;
import io.fintrail.capture.bcc.BccModule;
import io.fintrail.capture.libbpf.BpfException;
import io.fintrail.capture.libbpf.MapValue;
import io.fintrail.capture.libbpf.MappedRing;
import io.fintrail.capture.libbpf.ProgramInfo;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The programs on a kernel without BTF: compiled here by BCC, attached as raw tracepoints. They tell the same facts in the
 * same records, from one ring. Owned by one thread.
 */
final class CompiledPrograms implements KernelSide {
    private static final List<String> COMPILER_FLAGS =
            List.of("-w"); // the kernel's headers are full of what it warns of
    private static final String LICENSE = "Dual BSD/GPL";
    private static final String RING = "ring";
    private static final String COUNTERS = "counters";
    private static final long LARGEST_RING = 256L << 20;

    private final KernelShape shape;
    private final CaptureFilter filter;
    private final List<Tracepoint> attached = new ArrayList<>();
    private final List<ProgramInfo> programs = new ArrayList<>();
    private final List<ProgramInfo> beside = new ArrayList<>();
    private final List<Integer> links = new ArrayList<>();
    private final List<Integer> descriptors = new ArrayList<>();
    private @Nullable MappedRing ring;
    private int counters = -1;

    private CompiledPrograms(KernelShape shape, CaptureFilter filter) {
        this.shape = shape;
        this.filter = filter;
    }

    /**
     * @param ringBytes for each CPU; here they share one ring of as much in all, 256 MiB at most
     * @throws CaptureException if this host cannot be traced so, with the cure
     */
    static CompiledPrograms load(CaptureFilter filter, int ringBytes, SnapshotPlan plan, Traced traced) {
        if (traced == Traced.BROKEN_CLOSES) {
            throw new CaptureException(
                    "an audit takes a kernel with BTF (/sys/kernel/btf/vmlinux), and the programs that BCC"
                            + " compiles here have none; `fintrail live` works here");
        }
        KernelHeaders headers = KernelHeaders.ofThisKernel();
        if (!headers.fit()) {
            throw new CaptureException(
                    "BCC would compile for another kernel: " + headers.says() + ": " + headers.cure());
        }
        CompiledPrograms compiled =
                new CompiledPrograms(TracepointFormats.ofThisKernel().shape(), filter);
        try {
            compiled.open(ringBytes, plan, traced);
            return compiled;
        } catch (BccException e) {
            compiled.close();
            throw new CaptureException(cure(e.errno(), e), e);
        } catch (BpfException e) {
            compiled.close();
            throw new CaptureException(cure(e.errno(), e), e);
        } catch (UnsatisfiedLinkError e) {
            compiled.close();
            throw new CaptureException(
                    "a library is missing ("
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse("") + "): apt-get"
                            + " install libbpfcc libbpf1 (or what bcc and libbpf are called on your distribution)",
                    e);
        } catch (RuntimeException e) {
            compiled.close();
            throw e;
        }
    }

    private static String cure(int errno, RuntimeException e) {
        String refusal = Refusal.cure(errno);
        return refusal.isEmpty()
                ? e.getMessage() + " (why, stands above): please report it with the output of `fintrail doctor`"
                : refusal;
    }

    private void open(int ringBytes, SnapshotPlan plan, Traced traced) {
        for (Tracepoint tracepoint : Tracepoint.values()) {
            if (traced.includes(tracepoint) && shape.has(tracepoint)) {
                attached.add(tracepoint);
            } else if (traced.includes(tracepoint) && tracepoint.required()) {
                throw new CaptureException("kernel " + HostFacts.kernelRelease() + " has no tracepoint "
                        + tracepoint.kernelName() + ": " + tracepoint.missedWithoutIt());
            }
        }
        ByteBuffer config = ByteBuffer.allocate(TcpEventLayout.CONFIG_SIZE).order(ByteOrder.nativeOrder());
        ProgramConfig.write(config, filter, shape, false, plan);
        int bytes = sharedRingBytes(ringBytes);
        // Closed as soon as all is loaded: the compiler holds much more memory than fintrail.
        try (BccModule module = BccModule.compile(ProgramText.of(config, bytes), COMPILER_FLAGS)) {
            counters = kept(module.map(COUNTERS));
            new MapValue(counters, TcpEventLayout.COUNTERS_SIZE)
                    .refresh(); // that takes libbpf, and now is the time to say so
            ring = MappedRing.of(module.map(RING), bytes);
            for (Tracepoint tracepoint : attached) {
                programs.add(attach(module, traced.program(tracepoint), tracepoint));
            }
            for (Tracepoint tracepoint : attached) {
                if (tracepoint.hasStandIn()) {
                    beside.add(attach(module, traced.standIn(tracepoint), tracepoint));
                }
            }
        }
    }

    private ProgramInfo attach(BccModule module, String program, Tracepoint tracepoint) {
        int fd = kept(module.load(program, LICENSE));
        links.add(BccModule.attach(fd, tracepoint.kernelName()));
        return new ProgramInfo(program, fd);
    }

    private int kept(int fd) {
        descriptors.add(fd);
        return fd;
    }

    private static int sharedRingBytes(int ringBytes) {
        long wanted = (long) ringBytes * Long.highestOneBit(HostFacts.possibleCpus());
        return (int) Math.max(Math.max(ringBytes, MappedRing.PAGE), Math.min(wanted, LARGEST_RING));
    }

    @Override
    public List<MappedRing> rings() {
        return ring == null ? List.of() : List.of(ring);
    }

    @Override
    public boolean canLook() {
        return false;
    }

    @Override
    public LossMeter losses(long nowNs) {
        return new LossMeter(new MapValue(counters, TcpEventLayout.COUNTERS_SIZE), attached, programs, nowNs);
    }

    @Override
    public Snapshotter snapshotter(
            Queue<HostNote> notes, SnapshotSchedule schedule, @Nullable HaproxyStats haproxy, @Nullable DiagLook diag) {
        return Snapshotter.byDiag(diag, rings(), filter.netns(), notes, schedule, haproxy);
    }

    @Override
    public List<ProgramInfo> programs() {
        return Stream.concat(programs.stream(), beside.stream()).toList();
    }

    @Override
    public void describe(TreeMap<String, String> fields) {
        SessionFields.describe(fields, Loader.BCC, attached, filter, shape);
        fields.put("looks", Session.LOOKS_BY_DIAG);
    }

    @Override
    public void detach() {
        links.forEach(BccModule::release);
        links.clear();
    }

    @Override
    public void close() {
        detach();
        descriptors.forEach(BccModule::release);
        descriptors.clear();
        if (ring != null) {
            ring.close();
        }
    }
}
