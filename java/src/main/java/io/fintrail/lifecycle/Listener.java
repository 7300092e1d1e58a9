package io.fintrail.lifecycle;

/**
 * A listening socket as it was seen at {@code atNs} (ktime): how many connections nobody has accepted yet, beyond how
 * many it refuses, how many it has refused since it listens.
 */
public record Listener(long atNs, long acceptQueue, long acceptQueueMost, long drops) {
    Listener and(Listener other) {
        return new Listener(
                Math.max(atNs, other.atNs),
                acceptQueue + other.acceptQueue,
                acceptQueueMost + other.acceptQueueMost + 1,
                drops + other.drops);
    }
}
