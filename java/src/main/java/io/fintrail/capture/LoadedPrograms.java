package io.fintrail.capture;

import io.fintrail.capture.libbpf.BpfException;
import io.fintrail.capture.libbpf.BpfIterator;
import io.fintrail.capture.libbpf.BpfObject;
import io.fintrail.capture.libbpf.MapValue;
import io.fintrail.capture.libbpf.MappedRing;
import io.fintrail.capture.libbpf.ProgramInfo;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The BPF object as this kernel takes it: loaded with the filters, attached, with its rings and iterators. There are no
 * pins: however the process ends, the kernel takes the programs down with it. Owned by one thread.
 */
final class LoadedPrograms implements KernelSide {
    private static final String OBJECT = "fintrail.bpf.o";
    private static final String LOOK_AT_SOCKETS = "look_at_sockets";
    private static final String LOOK_AT_HOLDERS = "look_at_holders";
    private static final String AUDIT_SOCKETS = "audit_sockets";
    private static final String AUDIT_HOLDERS = "audit_holders";
    private static final List<String> PAIR_MAPS = List.of("unsent", "legs");
    /** Of which connection a connect() is the other leg, is found out before its STATE is filtered. */
    private static final String BEFORE_STATE = "before_inet_sock_set_state";

    private final BpfObject object;
    private final KernelShape shape;
    private final CaptureFilter filter;
    private final Traced traced;
    private final List<MappedRing> rings = new ArrayList<>();
    private final List<Tracepoint> attached = new ArrayList<>();
    private final List<ProgramInfo> programs = new ArrayList<>();
    /** Further programs of tracepoints that have one. */
    private final List<ProgramInfo> beside = new ArrayList<>();

    private @Nullable BpfIterator sockets;
    private @Nullable BpfIterator holders;

    private @Nullable Ledger ledger;

    private LoadedPrograms(BpfObject object, KernelShape shape, CaptureFilter filter, Traced traced) {
        this.object = object;
        this.shape = shape;
        this.filter = filter;
        this.traced = traced;
    }

    /**
     * @throws CaptureException if this host cannot be traced, with the cure
     */
    static LoadedPrograms load(CaptureFilter filter, int ringBytes, SnapshotPlan plan, Traced traced) {
        if (!HostFacts.hasBtf()) {
            throw new CaptureException("kernel has no BTF (/sys/kernel/btf/vmlinux missing): boot a kernel with"
                    + " CONFIG_DEBUG_INFO_BTF=y; `fintrail doctor` says more");
        }
        try {
            LoadedPrograms loaded =
                    new LoadedPrograms(new BpfObject(bytesOf(OBJECT)), KernelShape.read(), filter, traced);
            loaded.open(ringBytes, plan);
            return loaded;
        } catch (BpfException e) {
            throw new CaptureException(cure(e), e);
        } catch (UnsatisfiedLinkError e) {
            throw new CaptureException(
                    "libbpf.so.1 is missing: apt-get install libbpf1 (or libbpf1's name on your distribution)", e);
        }
    }

    private static String cure(BpfException e) {
        String refusal = Refusal.cure(e.errno());
        return refusal.isEmpty() ? e.getMessage() + "; please report it with the output of `fintrail doctor`" : refusal;
    }

    private static byte[] bytesOf(String resource) {
        try (InputStream in = LoadedPrograms.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new CaptureException("this build carries no " + resource + ": build it with tools/fintrail");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new CaptureException("cannot read " + resource + " from the build", e);
        }
    }

    private void open(int ringBytes, SnapshotPlan plan) {
        try {
            choose();
            ProgramConfig.write(object.initialValue(".rodata.cfg"), filter, shape, pairs(), plan);
            int cpus = HostFacts.possibleCpus();
            object.resize("rings", cpus);
            if (shape.hasReceivingSocket()) {
                object.resize("late_fin_cookies", 1); // not used there, and 65536 entries are allocated at once
            }
            object.load();
            for (int cpu = 0; cpu < cpus; cpu++) {
                MappedRing ring = MappedRing.create("fintrail_" + cpu, ringBytes);
                rings.add(ring);
                object.putMap("rings", cpu, ring.fd());
            }
            attach();
            if (shape.hasSocketIterator()) {
                sockets = object.iterator(isAudit() ? AUDIT_SOCKETS : LOOK_AT_SOCKETS);
            }
            if (shape.hasHolderIterator()) {
                holders = object.iterator(isAudit() ? AUDIT_HOLDERS : LOOK_AT_HOLDERS);
            }
            if (isAudit()) {
                ledger = new Ledger(object, cpus);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void attach() {
        if (pairs()) {
            attachBeside(BEFORE_STATE);
        }
        for (Tracepoint tracepoint : attached) {
            object.attach(traced.program(tracepoint));
            programs.add(object.programInfo(traced.program(tracepoint)));
        }
        for (Tracepoint tracepoint : attached) {
            if (tracepoint.hasStandIn()) {
                attachBeside(traced.standIn(tracepoint)); // behind the first, whose word it looks for
            }
        }
    }

    private void attachBeside(String program) {
        object.attach(program);
        beside.add(object.programInfo(program));
    }

    private boolean isAudit() {
        return traced == Traced.BROKEN_CLOSES;
    }

    private void choose() {
        if (isAudit() && !shape.hasSocketCookie()) {
            throw new CaptureException("kernel " + HostFacts.kernelRelease()
                    + " does not tell tracing programs which socket it is (5.12 does): an audit needs that; `fintrail live`"
                    + " works here");
        }
        if (!shape.hasSocketIterator() || isAudit()) {
            object.skip(LOOK_AT_SOCKETS);
        }
        if (!shape.hasHolderIterator() || isAudit()) {
            object.skip(LOOK_AT_HOLDERS);
        }
        if (!isAudit() || !shape.hasSocketIterator()) {
            object.skip(AUDIT_SOCKETS);
        }
        if (!isAudit() || !shape.hasHolderIterator()) {
            object.skip(AUDIT_HOLDERS);
        }
        if (!isAudit()) {
            object.skip(Ledger.SWEEP);
            Ledger.MAPS.forEach(object::leaveOut);
        }
        Traced others = isAudit() ? Traced.CLOSES : Traced.BROKEN_CLOSES;
        for (Tracepoint tracepoint : Tracepoint.values()) {
            if (!tracepoint.servesPairs() || isAudit()) {
                skip(others, tracepoint);
            }
        }
        for (Tracepoint tracepoint : Tracepoint.values()) {
            if (traced.includes(tracepoint) && shape.has(tracepoint)) {
                attached.add(tracepoint);
            } else if (!traced.includes(tracepoint)) {
                skipOwn(tracepoint);
            } else if (tracepoint.required()) {
                throw new CaptureException("kernel " + HostFacts.kernelRelease() + " has no tracepoint "
                        + tracepoint.kernelName() + ": " + tracepoint.missedWithoutIt());
            } else {
                skipOwn(tracepoint);
            }
        }
        if (!pairs()) {
            PAIR_MAPS.forEach(object::leaveOut); // 5.10 has no such maps
            object.skip(BEFORE_STATE);
        }
    }

    private boolean pairs() {
        return attached.contains(Tracepoint.SOCK_SEND_LENGTH) && attached.contains(Tracepoint.SOCK_RECV_LENGTH);
    }

    /** What serves pairs has one program, whatever is traced. */
    private void skipOwn(Tracepoint tracepoint) {
        if (!isAudit() || !tracepoint.servesPairs()) {
            skip(traced, tracepoint);
        }
    }

    private void skip(Traced of, Tracepoint tracepoint) {
        object.skip(of.program(tracepoint));
        if (tracepoint.hasStandIn()) {
            object.skip(of.standIn(tracepoint));
        }
    }

    @Override
    public List<MappedRing> rings() {
        return rings;
    }

    @Override
    public boolean canLook() {
        return sockets != null;
    }

    @Override
    public LossMeter losses(long nowNs) {
        // Not of those beside: what they are skipped for happens in softirqs, where nobody calls connect().
        return new LossMeter(
                new MapValue(object.mapFd(".bss.counters"), TcpEventLayout.COUNTERS_SIZE), attached, programs, nowNs);
    }

    @Override
    public Snapshotter snapshotter(
            Queue<HostNote> notes, SnapshotSchedule schedule, @Nullable HaproxyStats haproxy, @Nullable DiagLook diag) {
        Ledger kept = ledger;
        return new Snapshotter(
                sockets,
                holders,
                rings,
                kept != null
                        ? everything -> kept.beginLook()
                        : everything -> object.setFirstWord(".bss.snapshot", everything ? 1 : 0),
                kept,
                filter.netns(),
                notes,
                schedule,
                haproxy,
                diag);
    }

    @Override
    public List<ProgramInfo> programs() {
        return Stream.concat(programs.stream(), beside.stream()).toList();
    }

    @Override
    public void describe(TreeMap<String, String> fields) {
        SessionFields.describe(fields, Loader.LIBBPF, attached, filter, shape);
        if (isAudit()) {
            fields.put("audit", "true");
        }
        fields.put("looks", sockets == null ? Session.LOOKS_BY_DIAG : "sockets" + (holders == null ? "" : ",holders"));
    }

    @Override
    public void detach() {
        object.detach();
    }

    @Override
    public void close() {
        for (BpfIterator iterator : new @Nullable BpfIterator[] {sockets, holders}) {
            if (iterator != null) {
                iterator.close();
            }
        }
        object.close();
        rings.forEach(MappedRing::close);
        rings.clear();
    }
}
