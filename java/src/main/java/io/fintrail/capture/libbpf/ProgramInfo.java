package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;

/**
 * What the kernel counts about a loaded program (struct bpf_prog_info). Reused: {@link #refresh}, then read. Does not
 * own the program; valid while its object is open.
 */
public final class ProgramInfo {
    private static final int SIZE = 232;
    private static final int RUN_TIME_NS = 192;
    private static final int RUN_COUNT = 200;
    private static final int RECURSION_MISSES = 208;
    private static final int VERIFIED_INSTRUCTIONS = 216;

    private final String name;
    private final int fd;
    private final Memory info = new Memory(SIZE);
    private final Memory length = new Memory(4);

    /** @param fd stays the caller's */
    public ProgramInfo(String name, int fd) {
        this.name = name;
        this.fd = fd;
    }

    public String name() {
        return name;
    }

    public void refresh() {
        info.clear();
        length.setInt(0, SIZE);
        int result = LibBpf.bpf_obj_get_info_by_fd(fd, info, length);
        if (result < 0) {
            throw new BpfException("cannot read the counters of " + name, -result, "");
        }
    }

    /** Times the kernel skipped it because it was running on that CPU already (5.12; 0 before). */
    public long recursionMisses() {
        return info.getLong(RECURSION_MISSES);
    }

    /** How many the verifier walked through when it was loaded (5.16; 0 before). */
    public int verifiedInstructions() {
        return info.getInt(VERIFIED_INSTRUCTIONS);
    }

    /** 0 unless kernel.bpf_stats_enabled is on. */
    public long runTimeNs() {
        return info.getLong(RUN_TIME_NS);
    }

    /** 0 unless kernel.bpf_stats_enabled is on. */
    public long runCount() {
        return info.getLong(RUN_COUNT);
    }
}
