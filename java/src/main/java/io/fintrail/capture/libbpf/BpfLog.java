package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/** Collects what libbpf says, so that an error can carry it; nothing is printed. */
final class BpfLog {
    private static final int MAX_CHARS = 64 << 10;
    private static final int WARN = 0;

    private final StringBuilder text = new StringBuilder();
    private final LibBpf.Print print = this::append;

    /** libbpf has one such hook for the process; the newest log gets what is said. */
    void listen() {
        LibBpf.libbpf_set_print(print);
    }

    private synchronized int append(int level, Pointer format, Pointer arguments) {
        if (level == WARN && text.length() < MAX_CHARS) {
            try (Memory buffer = new Memory(8192)) {
                LibC.vsnprintf(buffer, buffer.size(), format, arguments);
                text.append(buffer.getString(0));
            }
        }
        return 0;
    }

    synchronized String take() {
        String said = text.toString();
        text.setLength(0);
        return said;
    }
}
