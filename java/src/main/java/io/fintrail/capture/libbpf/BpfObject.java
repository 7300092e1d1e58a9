package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A BPF object with its programs, maps and links; owns them, and refuses after {@link #close}. Order: open, configure
 * ({@link #initialValue}, {@link #skip}, {@link #resize}), {@link #load}, {@link #attach}. Not thread-safe.
 */
public final class BpfObject implements AutoCloseable {
    private static final int ENOENT = 2;
    private static final long UNLIMITED = -1L;

    private final BpfLog log = new BpfLog();
    private final List<Pointer> links = new ArrayList<>();
    private final Pointer handle;
    private boolean closed;

    public BpfObject(byte[] elf) {
        log.listen();
        raiseLockedMemory();
        try (Memory bytes = new Memory(elf.length)) { // libbpf copies what it keeps (bpf_object__elf_finish)
            bytes.write(0, elf, 0, elf.length);
            handle =
                    require(LibBpf.bpf_object__open_mem(bytes, elf.length, Pointer.NULL), "cannot open the BPF object");
        }
    }

    /** Kernels before 5.11 charge maps to this limit. Without CAP_SYS_RESOURCE it stays; the load tells if it matters. */
    private static void raiseLockedMemory() {
        try (Memory limit = new Memory(16)) {
            limit.setLong(0, UNLIMITED);
            limit.setLong(8, UNLIMITED);
            LibC.setrlimit(LibC.RLIMIT_MEMLOCK, limit);
        }
    }

    private Pointer require(Pointer pointer, String what) {
        if (pointer == null || pointer.equals(Pointer.NULL)) {
            throw new BpfException(what, Native.getLastError(), log.take());
        }
        return pointer;
    }

    private void require(int result, String what) {
        if (result < 0) {
            throw new BpfException(what, -result, log.take());
        }
    }

    private Pointer handle() {
        if (closed) {
            throw new IllegalStateException("the BPF object is closed");
        }
        return handle;
    }

    private Pointer map(String name) {
        Pointer map = LibBpf.bpf_object__find_map_by_name(handle(), name);
        if (map == null) {
            throw new BpfException("the BPF object has no map " + name, ENOENT, log.take());
        }
        return map;
    }

    private Pointer program(String name) {
        Pointer program = LibBpf.bpf_object__find_program_by_name(handle(), name);
        if (program == null) {
            throw new BpfException("the BPF object has no program " + name, ENOENT, log.take());
        }
        return program;
    }

    /** The bytes a map will begin with; writable until {@link #load}. In native byte order. */
    public ByteBuffer initialValue(String map) {
        LongByReference size = new LongByReference();
        Pointer value = require(
                LibBpf.bpf_map__initial_value(map(map), size.getPointer()), "map " + map + " has no initial value");
        return value.getByteBuffer(0, size.getValue()).order(ByteOrder.nativeOrder());
    }

    /** Leaves a program out of {@link #load}. */
    public void skip(String program) {
        require(LibBpf.bpf_program__set_autoload(program(program), false), "cannot skip " + program);
    }

    /** Does not make a map at {@link #load}; no program that goes on to use it may be loaded. */
    public void leaveOut(String map) {
        require(LibBpf.bpf_map__set_autocreate(map(map), false), "cannot leave out " + map);
    }

    public void resize(String map, int entries) {
        require(LibBpf.bpf_map__set_max_entries(map(map), entries), "cannot resize " + map);
    }

    /**
     * Loads every program that was not skipped.
     *
     * @throws BpfException with the verifier's words
     */
    public void load() {
        require(LibBpf.bpf_object__load(handle()), "the kernel does not load the BPF programs");
        forgetInitialValues();
    }

    /** The kernel has its own copies; libbpf would keep a megabyte of zeros for as long as the programs are loaded. */
    private void forgetInitialValues() {
        LongByReference size = new LongByReference();
        for (Pointer map = LibBpf.bpf_object__next_map(handle, Pointer.NULL);
                map != null;
                map = LibBpf.bpf_object__next_map(handle, map)) {
            Pointer value = LibBpf.bpf_map__initial_value(map, size.getPointer());
            if (value != null) {
                LibC.madvise(value, size.getValue(), LibC.MADV_REMOVE); // whole pages; without it they stay
            }
        }
    }

    public void attach(String program) {
        links.add(require(LibBpf.bpf_program__attach(program(program)), "cannot attach " + program));
    }

    /** The caller closes it, before this. */
    public BpfIterator iterator(String program) {
        return new BpfIterator(
                program,
                require(LibBpf.bpf_program__attach_iter(program(program), Pointer.NULL), "cannot attach " + program));
    }

    /** A program that is not attached, but called. */
    public BpfCall call(String program) {
        return new BpfCall(program, fdOf(program));
    }

    /** Sets the first word of the one value of a map (a .bss section). */
    public void setFirstWord(String map, int word) {
        try (Memory key = new Memory(4);
                Memory value = new Memory(LibBpf.bpf_map__value_size(map(map)))) {
            key.setInt(0, 0);
            value.clear();
            value.setInt(0, word);
            require(LibBpf.bpf_map_update_elem(mapFd(map), key, value, 0), "cannot write " + map);
        }
    }

    /** Detaches all programs: no event is made any more. */
    public void detach() {
        handle();
        for (Pointer link : links) {
            LibBpf.bpf_link__destroy(link);
        }
        links.clear();
    }

    public int mapFd(String map) {
        int fd = LibBpf.bpf_map__fd(map(map));
        require(fd, "map " + map + " is not loaded");
        return fd;
    }

    public ProgramInfo programInfo(String program) {
        return new ProgramInfo(program, fdOf(program));
    }

    private int fdOf(String program) {
        int fd = LibBpf.bpf_program__fd(program(program));
        require(fd, "program " + program + " is not loaded");
        return fd;
    }

    /** Puts {@code fd} into an array of maps; the kernel keeps a reference of its own. */
    public void putMap(String array, int index, int fd) {
        try (Memory key = new Memory(4);
                Memory value = new Memory(4)) {
            key.setInt(0, index);
            value.setInt(0, fd);
            require(LibBpf.bpf_map_update_elem(mapFd(array), key, value, 0), "cannot put a map into " + array);
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        detach();
        closed = true;
        LibBpf.bpf_object__close(handle);
    }
}
