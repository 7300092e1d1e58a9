package io.fintrail.view;

import io.fintrail.verdict.KernelEnd;

/** What will end a socket, in one sentence. */
final class EndText {
    private EndText() {}

    static String of(KernelEnd end, long nowNs) {
        Long atNs = end.atNs();
        if (atNs == null) {
            return "What ends it: " + end.why() + ".";
        }
        return "The kernel ends it in " + WallClock.duration(Math.max(0, atNs - nowNs))
                + (end.atTheLatest() ? " at the latest" : "") + " (" + end.by() + "): " + end.why() + ".";
    }
}
