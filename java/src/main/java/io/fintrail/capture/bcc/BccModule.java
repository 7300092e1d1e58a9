package io.fintrail.capture.bcc;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.List;

/**
 * A C text that BCC has compiled against the running kernel's headers; owns the compiler's memory, some 100 MB, until
 * {@link #close}. What was loaded out of it lives on: descriptors belong to the caller. Not thread-safe.
 */
public final class BccModule implements AutoCloseable {
    private static final int RAW_TRACEPOINT = 17;

    private final Pointer handle;
    private boolean closed;

    private BccModule(Pointer handle) {
        this.handle = handle;
    }

    /**
     * Also makes its maps. What the compiler has to say goes to stderr.
     *
     * @throws BccException if it does not compile, or the kernel makes no such maps
     * @throws UnsatisfiedLinkError if there is no libbcc.so.0
     */
    public static BccModule compile(String text, List<String> compilerFlags) {
        try (Memory flags = new Memory((long) Native.POINTER_SIZE * Math.max(1, compilerFlags.size()))) {
            List<Memory> strings = compilerFlags.stream().map(BccModule::string).toList();
            for (int i = 0; i < strings.size(); i++) {
                flags.setPointer((long) Native.POINTER_SIZE * i, strings.get(i));
            }
            Pointer handle = LibBcc.bpf_module_create_c_from_string(text, 0, flags, strings.size(), true, Pointer.NULL);
            strings.forEach(Memory::close);
            if (handle == null) {
                throw new BccException(
                        "BCC does not compile the programs for this kernel: it may be older than the kernel", 0);
            }
            return new BccModule(handle);
        }
    }

    private static Memory string(String text) {
        Memory memory = new Memory(text.length() + 1L);
        memory.setString(0, text);
        return memory;
    }

    private Pointer handle() {
        if (closed) {
            throw new IllegalStateException("the compiled module is closed");
        }
        return handle;
    }

    /**
     * Loads the function of that name as a program of raw tracepoints.
     *
     * @return its descriptor
     * @throws BccException with the kernel's errno; the verifier's words are on stderr
     */
    public int load(String function, String license) {
        Pointer start = LibBcc.bpf_function_start(handle(), function);
        if (start == null) {
            throw new BccException("the compiled text has no function " + function, 0);
        }
        int bytes = (int) LibBcc.bpf_function_size(handle, function);
        return require(
                LibBcc.bcc_func_load(
                        handle,
                        RAW_TRACEPOINT,
                        function,
                        start,
                        bytes,
                        license,
                        0,
                        0,
                        Pointer.NULL,
                        0,
                        Pointer.NULL,
                        0,
                        0),
                "the kernel does not load " + function);
    }

    /** A descriptor of its own of a map of the text: it stays when this is closed. */
    public int map(String name) {
        int fd = LibBcc.bpf_table_fd(handle(), name);
        if (fd < 0) {
            throw new BccException("the compiled text has no map " + name, 0);
        }
        return require(LibC.dup(fd), "cannot keep map " + name);
    }

    /** @return the attachment's descriptor: closed, the program is detached */
    public static int attach(int program, String tracepoint) {
        return require(
                LibBcc.bpf_attach_raw_tracepoint(program, tracepoint), "cannot attach to tracepoint " + tracepoint);
    }

    /** Gives back a descriptor of {@link #load}, {@link #map} or {@link #attach}. */
    public static void release(int fd) {
        LibC.close(fd);
    }

    private static int require(int result, String what) {
        if (result < 0) {
            throw new BccException(what, Native.getLastError());
        }
        return result;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            LibBcc.bpf_module_destroy(handle);
        }
    }
}
