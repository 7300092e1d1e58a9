package io.fintrail.lifecycle;

import io.fintrail.event.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Stories by their addresses: the newest of each namespace, and the other end where both are on this host. */
final class TupleIndex {
    private record Tuple(Endpoint local, Endpoint remote) {
        // By hand, as in Endpoint: it is a key.
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Tuple tuple && local.equals(tuple.local) && remote.equals(tuple.remote);
        }

        @Override
        public int hashCode() {
            return 31 * local.hashCode() + remote.hashCode();
        }

        Tuple turnedRound() {
            return new Tuple(/* local= */ remote, /* remote= */ local);
        }
    }

    /** Nearly always one; namespaces may use the same addresses. */
    private final Map<Tuple, List<SocketLifecycle>> stories = new HashMap<>();

    void add(SocketLifecycle story) {
        if (story.indexed) {
            return;
        }
        story.indexed = true;
        Tuple tuple = new Tuple(story.local(), story.remote());
        List<SocketLifecycle> before = stories.get(tuple);
        if (before == null) {
            stories.put(tuple, List.of(story));
            return;
        }
        List<SocketLifecycle> after = new ArrayList<>();
        for (SocketLifecycle other : before) {
            other.indexed = other.netns() != story.netns();
            if (other.indexed) {
                after.add(other);
            }
        }
        after.add(story);
        stories.put(tuple, after);
    }

    void remove(SocketLifecycle story) {
        if (!story.indexed) {
            return;
        }
        story.indexed = false;
        Tuple tuple = new Tuple(story.local(), story.remote());
        List<SocketLifecycle> others = new ArrayList<>(stories.getOrDefault(tuple, List.of()));
        others.remove(story);
        if (others.isEmpty()) {
            stories.remove(tuple);
        } else {
            stories.put(tuple, others);
        }
    }

    @Nullable
    SocketLifecycle find(long netns, Endpoint local, Endpoint remote) {
        for (SocketLifecycle story : stories.getOrDefault(new Tuple(local, remote), List.of())) {
            if (story.netns() == netns) {
                return story;
            }
        }
        return null;
    }

    /** Whatever has the same addresses the other way round; numbers must tell whether it is the same connection. */
    List<SocketLifecycle> otherEnds(SocketLifecycle story) {
        return stories.getOrDefault(new Tuple(story.local(), story.remote()).turnedRound(), List.of());
    }

    void clear() {
        stories.clear();
    }
}
