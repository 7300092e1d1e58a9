package io.fintrail.view;

import io.fintrail.event.TcpEvent;
import org.jspecify.annotations.Nullable;

/**
 * One line of a timeline: {@code atNs} is ktime, {@code lastNs} that of its newest repeat, {@code leg} counts from 0,
 * {@code turn} says whose turn it is from here on, empty while it is nobody's. {@code facts} are the socket's numbers at
 * that moment, if they were read. A look is no sign of life.
 */
record StoryLine(
        long atNs,
        long lastNs,
        int leg,
        boolean isLook,
        String text,
        String turn,
        @Nullable TcpEvent facts) {}
