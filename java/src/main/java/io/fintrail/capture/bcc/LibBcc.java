package io.fintrail.capture.bcc;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** The functions of libbcc.so.0 that are used, as bcc_common.h and its libbpf.h declare them. */
final class LibBcc {
    static {
        Native.register(LibBcc.class, "libbcc.so.0");
    }

    private LibBcc() {}

    static native Pointer bpf_module_create_c_from_string(
            String text, int flags, Pointer compilerFlags, int compilerFlagCount, boolean allowRlimit, Pointer device);

    static native void bpf_module_destroy(Pointer module);

    static native Pointer bpf_function_start(Pointer module, String name);

    static native long bpf_function_size(Pointer module, String name);

    static native int bpf_table_fd(Pointer module, String name);

    static native int bcc_func_load(
            Pointer module,
            int type,
            String name,
            Pointer instructions,
            int bytes,
            String license,
            int kernelVersion,
            int logLevel,
            Pointer log,
            int logBytes,
            Pointer device,
            int flags,
            int attachType);

    static native int bpf_attach_raw_tracepoint(int program, String tracepoint);
}
