package io.fintrail.capture.libbpf;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/** Collects what libbpf says, so that an error can carry it; nothing is printed. One thread. */
final class BpfLog {
    private static final int MAX_CHARS = 64 << 10;
    private static final int WARN = 0;

    /** libbpf speaks on the thread that calls it, through one hook for the process: it must outlive every object. */
    private static final ThreadLocal<StringBuilder> SAID = ThreadLocal.withInitial(StringBuilder::new);

    private static final LibBpf.Print HOOK = BpfLog::append;

    /** From here on what libbpf says to this thread is kept. */
    void listen() {
        SAID.get().setLength(0);
        LibBpf.libbpf_set_print(HOOK);
    }

    private static int append(int level, Pointer format, Pointer arguments) {
        StringBuilder text = SAID.get();
        if (level == WARN && text.length() < MAX_CHARS) {
            try (Memory buffer = new Memory(8192)) {
                LibC.vsnprintf(buffer, buffer.size(), format, arguments);
                text.append(buffer.getString(0));
            }
        }
        return 0;
    }

    String take() {
        String said = SAID.get().toString();
        SAID.remove();
        return said;
    }
}
