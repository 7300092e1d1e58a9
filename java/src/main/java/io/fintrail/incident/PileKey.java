package io.fintrail.incident;

/**
 * What makes a pile one: the same cause in the same place. {@code pid} is 0 where nobody holds them or it does not
 * matter; {@code service} as in {@link Incident}.
 */
record PileKey(IncidentKind kind, long netns, int pid, String service) {}
