package io.fintrail.verdict;

/** A finding with how sure it is and one sentence that says it. */
public record Finding(FindingName name, Certainty certainty, String says) {}
