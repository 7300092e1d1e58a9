package io.fintrail.verdict;

import org.jspecify.annotations.Nullable;

/** When the kernel itself will end the socket, as ktime; null when no timer runs or none can be computed from events. */
public record KernelEnd(
        @Nullable Long atNs, boolean atTheLatest, @Nullable String by, String why) {}
