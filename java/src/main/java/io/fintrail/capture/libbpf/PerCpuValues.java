package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;

/** The values of a per-CPU array of 64-bit counters, summed over the CPUs; read by a system call. One thread. */
public final class PerCpuValues {
    private final int fd;
    private final int cpus;
    private final int bytes;
    private final Memory key = new Memory(4);
    private final Memory value;

    /** @param bytes of one CPU's value, a multiple of 8 */
    public PerCpuValues(int fd, int cpus, int bytes) {
        this.fd = fd;
        this.cpus = cpus;
        this.bytes = bytes;
        this.value = new Memory((long) cpus * bytes);
    }

    /** Reads the element with that number; {@link #sum} is of it from then on. */
    public void refresh(int index) {
        key.setInt(0, index);
        int result = LibBpf.bpf_map_lookup_elem(fd, key, value);
        if (result < 0) {
            throw new BpfException("cannot read the ledger's counts", -result, "");
        }
    }

    /** @param offset of the counter within the value */
    public long sum(int offset) {
        long sum = 0;
        for (int cpu = 0; cpu < cpus; cpu++) {
            sum += value.getLong((long) cpu * bytes + offset);
        }
        return sum;
    }
}
