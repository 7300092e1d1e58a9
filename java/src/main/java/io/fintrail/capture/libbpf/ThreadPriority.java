package io.fintrail.capture.libbpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The scheduler's nice values of this process's threads; Linux keeps one for each. */
public final class ThreadPriority {
    private static final int PRIO_PROCESS = 0;

    private ThreadPriority() {}

    /** For the calling thread. True when the kernel agreed: below 0 it takes CAP_SYS_NICE. */
    public static boolean nice(int value) {
        return LibC.setpriority(PRIO_PROCESS, LibC.gettid(), value) == 0;
    }

    /** For the threads of this process that bear that name in /proc. */
    public static void nice(String threadName, int value) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            for (Path thread : threads.toList()) {
                if (isNamed(thread, threadName)) {
                    LibC.setpriority(
                            PRIO_PROCESS, Integer.parseInt(thread.getFileName().toString()), value);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("cannot list the threads of this process", e);
        }
    }

    private static boolean isNamed(Path thread, String name) {
        try {
            return List.of(name).equals(Files.readAllLines(thread.resolve("comm")));
        } catch (IOException e) {
            return false; // it has ended meanwhile
        }
    }
}
