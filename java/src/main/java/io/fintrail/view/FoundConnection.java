package io.fintrail.view;

import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * One of several connections that a question may mean; {@code number} counts them from 1. Times are ktime in nanoseconds;
 * {@code judged} is its newest verdict's name, null where none was due.
 */
public record FoundConnection(
        int number,
        String id,
        String addresses,
        long netns,
        String state,
        long firstNs,
        long lastNs,
        Recording recording,
        @Nullable String judged) {
    public static FoundConnection of(int number, SocketLifecycle story, Recording recording) {
        return new FoundConnection(
                number,
                story.id().toString(),
                story.local() + " > " + story.remote(),
                story.netns(),
                story.state().toString(),
                story.events().get(0).atNs(),
                story.lastEventNs(),
                recording,
                null);
    }

    public FoundConnection judged(@Nullable String name) {
        return new FoundConnection(number, id, addresses, netns, state, firstNs, lastNs, recording, name);
    }

    public static String name(Verdict verdict) {
        return verdict.name() + (verdict.isFinal() ? "" : " (" + verdict.story().state() + ")");
    }
}
