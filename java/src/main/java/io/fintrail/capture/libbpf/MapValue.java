package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;

/** The one value of a map with a single entry (a .bss section), read by a system call. One thread. */
public final class MapValue {
    private final int fd;
    private final Memory key = new Memory(4);
    private final Memory value;

    public MapValue(int fd, int bytes) {
        this.fd = fd;
        this.value = new Memory(bytes);
        key.setInt(0, 0);
    }

    public void refresh() {
        int result = LibBpf.bpf_map_lookup_elem(fd, key, value);
        if (result < 0) {
            throw new BpfException("cannot read the programs' counters", -result, "");
        }
    }

    public long longAt(int offset) {
        return value.getLong(offset);
    }

    public int intAt(int offset) {
        return value.getInt(offset);
    }
}
