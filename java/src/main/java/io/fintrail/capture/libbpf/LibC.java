package io.fintrail.capture.libbpf;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** The functions of libc that are used. */
final class LibC {
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 1;
    static final int MADV_REMOVE = 9;
    static final int CLOCK_MONOTONIC = 1;
    static final int CLOCK_MONOTONIC_COARSE = 6;
    static final int O_RDONLY_CLOEXEC = 0x80000;
    static final int CLONE_NEWNET = 0x40000000;
    static final int RLIMIT_MEMLOCK = 8;
    static final int AF_UNIX = 1;
    static final int SOCK_DGRAM_CLOEXEC = 0x80002;
    static final int AF_NETLINK = 16;
    static final int SOCK_RAW_CLOEXEC = 0x80003;
    static final int NETLINK_SOCK_DIAG = 4;
    static final int MSG_TRUNC = 0x20;
    static final int SC_PAGESIZE = 30;

    static {
        Native.register(LibC.class, "c");
    }

    private LibC() {}

    static native Pointer mmap(Pointer address, long length, int protection, int flags, int fd, long offset);

    static native int munmap(Pointer address, long length);

    static native long sysconf(int name);

    static native int madvise(Pointer address, long length, int advice);

    static native int close(int fd);

    static native int clock_gettime(int clock, Pointer timespec);

    static native int vsnprintf(Pointer buffer, long size, Pointer format, Pointer arguments);

    static native int clock_getres(int clock, Pointer timespec);

    static native int open(String path, int flags);

    static native long read(int fd, Pointer buffer, long bytes);

    static native int setns(int fd, int type);

    static native int gettid();

    static native int setpriority(int which, int id, int nice);

    static native int setrlimit(int resource, Pointer limit);

    static native int socket(int domain, int type, int protocol);

    static native long send(int fd, Pointer bytes, long length, int flags);

    static native long recv(int fd, Pointer buffer, long length, int flags);

    static native long sendto(int fd, Pointer bytes, long length, int flags, Pointer address, int addressLength);
}
