package io.fintrail.incident;

import io.fintrail.lifecycle.Ownership;

/**
 * What makes a pile one: the same cause in the same place. {@code pid} is 0 where nobody holds them, or nobody that
 * was seen; {@code service} as in {@link Incident}.
 */
record PileKey(IncidentKind kind, long netns, Ownership ownership, int pid, String service) {}
