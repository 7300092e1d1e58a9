package io.fintrail.capture.libbpf;

/**
 * While open, the kernel counts how often each BPF program runs and for how long (BPF_ENABLE_STATS: 5.8). It counts for
 * every program of the host, which costs each some 30 ns a run; no sysctl is touched.
 */
public final class RunTimeStatistics implements AutoCloseable {
    private static final int RUN_TIME = 0;

    private final int fd;

    public RunTimeStatistics() {
        fd = LibBpf.bpf_enable_stats(RUN_TIME);
        if (fd < 0) {
            throw new BpfException("the kernel does not count the programs' run time", -fd, "");
        }
    }

    @Override
    public void close() {
        LibC.close(fd);
    }
}
