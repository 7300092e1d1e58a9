package io.fintrail.capture.bcc;

import com.sun.jna.Native;

/** The functions of libc that are used. */
final class LibC {
    static {
        Native.register(LibC.class, "c");
    }

    private LibC() {}

    static native int dup(int fd);

    static native int close(int fd);
}
