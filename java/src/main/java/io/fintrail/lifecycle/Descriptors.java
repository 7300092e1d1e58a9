package io.fintrail.lifecycle;

/** Descriptors that a process has open, and the limit beyond which it gets no more (RLIMIT_NOFILE); 0 if not known. */
public record Descriptors(long atNs, long open, long most) {}
