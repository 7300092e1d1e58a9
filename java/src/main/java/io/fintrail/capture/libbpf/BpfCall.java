package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;

/** Runs a program of type raw tracepoint when it is asked to, in the calling thread (BPF_PROG_TEST_RUN, 5.10). */
public final class BpfCall {
    // struct bpf_test_run_opts
    private static final int OPTIONS_BYTES = 80;
    private static final int CONTEXT = 32;
    private static final int CONTEXT_BYTES = 48;
    private static final int RETURNED = 56;

    private final String program;
    private final int fd;
    private final Memory argument = new Memory(Long.BYTES);
    private final Memory options = new Memory(OPTIONS_BYTES);

    BpfCall(String program, int fd) {
        this.program = program;
        this.fd = fd;
        options.clear();
        options.setLong(0, OPTIONS_BYTES);
        options.setPointer(CONTEXT, argument);
        options.setInt(CONTEXT_BYTES, Long.BYTES);
    }

    /**
     * What the program returned.
     *
     * @throws BpfException if it was not run
     */
    public int call(long first) {
        argument.setLong(0, first);
        int error = LibBpf.bpf_prog_test_run_opts(fd, options);
        if (error < 0) {
            throw new BpfException("cannot run " + program, -error, "");
        }
        return options.getInt(RETURNED);
    }
}
