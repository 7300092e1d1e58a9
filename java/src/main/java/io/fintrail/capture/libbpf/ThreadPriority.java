package io.fintrail.capture.libbpf;

/** The scheduler's nice value of the calling thread; Linux keeps one for each thread. */
public final class ThreadPriority {
    private static final int PRIO_PROCESS = 0;

    private ThreadPriority() {}

    /** True when the kernel agreed: below 0 it takes CAP_SYS_NICE. */
    public static boolean nice(int value) {
        return LibC.setpriority(PRIO_PROCESS, LibC.gettid(), value) == 0;
    }
}
