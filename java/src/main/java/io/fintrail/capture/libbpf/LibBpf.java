package io.fintrail.capture.libbpf;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** The functions of libbpf.so.1 that are used, as libbpf.h declares them. A NULL handle kills the JVM: use the owners. */
final class LibBpf {
    static {
        Native.register(LibBpf.class, "libbpf.so.1");
    }

    private LibBpf() {}

    /** libbpf_print_fn_t; {@code arguments} is a va_list. */
    interface Print extends Callback {
        int print(int level, Pointer format, Pointer arguments);
    }

    static native Pointer libbpf_set_print(Print print);

    static native Pointer bpf_object__open_mem(Pointer bytes, long size, Pointer options);

    static native int bpf_object__load(Pointer object);

    static native void bpf_object__close(Pointer object);

    static native Pointer bpf_object__find_map_by_name(Pointer object, String name);

    static native Pointer bpf_object__next_map(Pointer object, Pointer map);

    static native Pointer bpf_object__find_program_by_name(Pointer object, String name);

    static native int bpf_map__fd(Pointer map);

    static native int bpf_map__value_size(Pointer map);

    static native int bpf_map__set_max_entries(Pointer map, int entries);

    static native int bpf_map__set_autocreate(Pointer map, boolean autocreate);

    static native Pointer bpf_map__initial_value(Pointer map, Pointer size);

    static native int bpf_program__set_autoload(Pointer program, boolean autoload);

    static native int bpf_program__fd(Pointer program);

    static native Pointer bpf_program__attach(Pointer program);

    static native Pointer bpf_program__attach_iter(Pointer program, Pointer options);

    static native int bpf_prog_test_run_opts(int program, Pointer options);

    static native int bpf_link__fd(Pointer link);

    static native int bpf_iter_create(int link);

    static native int bpf_link__destroy(Pointer link);

    static native int bpf_map_create(int type, String name, int keySize, int valueSize, int entries, Pointer options);

    static native int bpf_map_update_elem(int map, Pointer key, Pointer value, long flags);

    static native int bpf_map_lookup_elem(int map, Pointer key, Pointer value);

    static native int bpf_obj_get_info_by_fd(int fd, Pointer info, Pointer length);

    static native int bpf_enable_stats(int type);

    static native Pointer btf__load_vmlinux_btf();

    static native void btf__free(Pointer btf);

    static native int btf__find_by_name_kind(Pointer btf, String name, int kind);

    static native Pointer btf__type_by_id(Pointer btf, int id);

    static native String btf__name_by_offset(Pointer btf, int offset);
}
