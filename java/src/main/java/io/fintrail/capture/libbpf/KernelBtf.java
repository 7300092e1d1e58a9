package io.fintrail.capture.libbpf;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.TreeMap;

/**
 * The running kernel's types. Layout of struct btf_type and its tails: Documentation/bpf/btf.rst. Not thread-safe.
 */
public final class KernelBtf implements AutoCloseable {
    private static final int KIND_ENUM = 6;
    private static final int KIND_TYPEDEF = 8;
    private static final int KIND_FUNC = 12;
    private static final int TYPE_BYTES = 12;

    private final Pointer handle;
    private boolean closed;

    private KernelBtf(Pointer handle) {
        this.handle = handle;
    }

    /**
     * @throws BpfException if the kernel has none
     */
    public static KernelBtf load() {
        BpfLog log = new BpfLog();
        log.listen();
        Pointer handle = LibBpf.btf__load_vmlinux_btf();
        if (handle == null) {
            throw new BpfException("the kernel has no BTF", Native.getLastError(), log.take());
        }
        return new KernelBtf(handle);
    }

    private int find(String name, int kind) {
        if (closed) {
            throw new IllegalStateException("the kernel's BTF is closed");
        }
        return LibBpf.btf__find_by_name_kind(handle, name, kind);
    }

    private Pointer type(int id) {
        return LibBpf.btf__type_by_id(handle, id);
    }

    public boolean hasFunction(String name) {
        return find(name, KIND_FUNC) >= 0;
    }

    /** How many arguments a tracepoint hands to a program; -1 where the kernel lacks it. */
    public int tracepointArguments(String tracepoint) {
        int typedef = find("btf_trace_" + tracepoint, KIND_TYPEDEF);
        if (typedef < 0) {
            return -1;
        }
        Pointer pointer = type(type(typedef).getInt(8));
        Pointer prototype = type(pointer.getInt(8));
        return entries(prototype) - 1; // the first is the tracing machinery's own
    }

    private static int entries(Pointer type) {
        return type.getInt(4) & 0xffff;
    }

    /** Names of an enum by number; empty where the kernel lacks it. */
    public TreeMap<Integer, String> enumNames(String name) {
        TreeMap<Integer, String> names = new TreeMap<>();
        int id = find(name, KIND_ENUM);
        if (id < 0) {
            return names;
        }
        Pointer type = type(id);
        for (int i = 0; i < entries(type); i++) {
            long at = TYPE_BYTES + 8L * i;
            names.putIfAbsent(type.getInt(at + 4), LibBpf.btf__name_by_offset(handle, type.getInt(at)));
        }
        return names;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            LibBpf.btf__free(handle);
        }
    }
}
