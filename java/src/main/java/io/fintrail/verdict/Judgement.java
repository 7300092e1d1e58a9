package io.fintrail.verdict;

import org.jspecify.annotations.Nullable;

/** What one rule says: the verdict, how sure, and, when it is not certain, what would settle it. */
record Judgement(
        VerdictName name, Certainty certainty, @Nullable String missing) {
    static Judgement certain(VerdictName name) {
        return new Judgement(name, Certainty.CERTAIN, null);
    }

    static Judgement inferred(VerdictName name, String missing) {
        return new Judgement(name, Certainty.INFERRED, missing);
    }

    static Judgement inconclusive(String missing) {
        return new Judgement(VerdictName.UNKNOWN, Certainty.INCONCLUSIVE, missing);
    }
}
