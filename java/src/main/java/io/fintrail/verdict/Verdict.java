package io.fintrail.verdict;

import io.fintrail.lifecycle.SocketLifecycle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A judgement about one close. {@code atNs} is the ktime at which it was made; {@code missing} says what would settle
 * it when it is not certain. {@code story} is live: read it before the next event is folded.
 */
public record Verdict(
        VerdictName name,
        Severity severity,
        boolean isFinal,
        boolean isRestated,
        Certainty certainty,
        @Nullable String missing,
        List<Finding> findings,
        String meaning,
        List<String> advice,
        MustAct mustAct,
        KernelEnd kernelEnds,
        long atNs,
        SocketLifecycle story) {
    /** The same, of a story whose final verdict has been told before. */
    Verdict restated() {
        return new Verdict(
                name,
                severity,
                isFinal,
                true,
                certainty,
                missing,
                findings,
                meaning,
                advice,
                mustAct,
                kernelEnds,
                atNs,
                story);
    }
}
