package io.fintrail.lifecycle;

/** The process that acted on the socket last, from an event in process context. {@code comm} is hostile text. */
public record Holder(int pid, String comm, long seenAtNs) {}
