package io.fintrail.verdict;

/** How sure: proven, concluded from what was seen, or decided by something that was lost or never recorded. */
public enum Certainty {
    CERTAIN,
    INFERRED,
    INCONCLUSIVE
}
