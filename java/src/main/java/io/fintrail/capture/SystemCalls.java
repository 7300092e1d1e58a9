package io.fintrail.capture;

import java.util.HashMap;
import java.util.Map;

/** Names of the system calls in which threads wait; the others are shown by number. */
final class SystemCalls {
    /** Name, number on x86_64, number in the generic table (arm64 and all newer architectures); -1: has none. */
    private static final String TABLE = "read 0 63|write 1 64|close 3 57|poll 7 -1|pread64 17 67|pwrite64 18 68|"
            + "select 23 -1|pause 34 -1|nanosleep 35 101|connect 42 203|accept 43 202|sendto 44 206|recvfrom 45 207|"
            + "sendmsg 46 211|recvmsg 47 212|wait4 61 260|fcntl 72 25|flock 73 32|fsync 74 82|fdatasync 75 83|"
            + "rt_sigtimedwait 128 137|rt_sigsuspend 130 133|futex 202 98|io_getevents 208 4|clock_nanosleep 230 115|"
            + "epoll_wait 232 -1|waitid 247 95|openat 257 56|pselect6 270 72|ppoll 271 73|epoll_pwait 281 22|"
            + "accept4 288 242|recvmmsg 299 243|io_uring_enter 426 426|epoll_pwait2 441 441|futex_waitv 449 449";

    private static final Map<Integer, String> NAMES =
            names(System.getProperty("os.arch", "").equals("amd64") ? 1 : 2);

    private SystemCalls() {}

    private static Map<Integer, String> names(int column) {
        Map<Integer, String> names = new HashMap<>();
        for (String row : TABLE.split("\\|")) {
            String[] words = row.split(" ");
            int number = Integer.parseInt(words[column]);
            if (number >= 0) {
                names.put(number, words[0]);
            }
        }
        return names;
    }

    static String name(int number) {
        return NAMES.getOrDefault(number, "syscall-" + number);
    }
}
