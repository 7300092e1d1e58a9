package io.fintrail.journal;

import java.util.HashMap;
import java.util.Map;

/** Other names, {@code process-1}, {@code process-2}, … by order of appearance: the same for the same, and no two alike. */
final class Aliases {
    private static final int COMM_BYTES = 15;

    private final String prefix;
    private final Map<String, String> byOriginal = new HashMap<>();

    Aliases(String prefix) {
        this.prefix = prefix;
    }

    /** The empty name stays empty: it says that there is none. */
    String of(String original) {
        return original.isEmpty() ? "" : byOriginal.computeIfAbsent(original, any -> next());
    }

    /** Never longer than the kernel's names of tasks may be. */
    private String next() {
        int number = byOriginal.size() + 1;
        String name = prefix + "-" + number;
        return name.length() <= COMM_BYTES ? name : "-" + number;
    }
}
