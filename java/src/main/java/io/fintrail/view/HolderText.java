package io.fintrail.view;

import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.ProcessInfo;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.lifecycle.ThreadActivity;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Holders as a person reads them; all names are the host's, and escaped. */
final class HolderText {
    private static final int CONTAINER_DIGITS = 12;

    private HolderText() {}

    /** {@code haproxy[812] fd 11}, with how many more there are; empty when nobody is known. */
    static String brief(SocketLifecycle story) {
        List<Holder> holders = story.holders();
        if (holders.isEmpty()) {
            return "";
        }
        Holder first = holders.get(0);
        return Hostile.shown(first.comm()) + "[" + first.pid() + "]" + (first.fd() == null ? "" : " fd " + first.fd())
                + (holders.size() == 1 ? "" : " and " + (holders.size() - 1) + " more");
    }

    /** The service, container or pod that a process belongs to, or its program; empty when none is known. */
    static String belongsTo(ProcessInfo process) {
        String container = process.container();
        if (container != null) {
            String pod = process.pod();
            return "container " + Hostile.shown(container.substring(0, Math.min(CONTAINER_DIGITS, container.length())))
                    + (pod == null ? "" : " of pod " + Hostile.shown(pod));
        }
        if (process.unit() != null) {
            return Hostile.shown(process.unit());
        }
        return process.executable() == null ? "" : Hostile.shown(process.executable());
    }

    /** One clause: {@code frozen: all 4 threads looked at are stopped (T:4)}. */
    static String says(ThreadActivity threads) {
        String waits = threads.waits().entrySet().stream()
                .limit(3)
                .map(HolderText::counted)
                .collect(Collectors.joining(", "));
        String looked = threads.looked()
                + (threads.looked() < threads.count() ? " of its " + threads.count() : "")
                + (threads.count() == 1 ? " thread" : " threads");
        String ran = threads.ran() + " of " + looked + " ran within "
                + String.format(Locale.ROOT, "%.1f s", threads.spanNs() / 1e9);
        return switch (threads.kind()) {
            case FROZEN ->
                "frozen: " + looked + ", "
                        + threads.states().entrySet().stream()
                                .map(e -> e.getValue() + " " + state(e.getKey()))
                                .collect(Collectors.joining(", "));
            case BLOCKED -> "blocked: " + ran + ", none waits for input; in " + waits;
            case ALIVE -> "alive: " + ran + "; in " + waits;
        };
    }

    private static String counted(Map.Entry<String, Integer> wait) {
        return Hostile.shown(wait.getKey()) + (wait.getValue() == 1 ? "" : " (" + wait.getValue() + ")");
    }

    private static String state(String letter) {
        return switch (letter) {
            case "T", "t" -> "stopped";
            case "D" -> "in uninterruptible sleep";
            case "Z", "X" -> "dead";
            default -> Hostile.shown(letter);
        };
    }
}
