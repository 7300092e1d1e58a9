package io.fintrail.lifecycle;

import io.fintrail.event.Endpoint;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
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

    /** The first of those with the same addresses, which namespaces may share: the others follow as {@code nextOfTuple}. */
    private final Map<Tuple, SocketLifecycle> first = new HashMap<>();

    void add(SocketLifecycle story) {
        if (story.indexed) {
            return;
        }
        Tuple tuple = new Tuple(story.local(), story.remote());
        SocketLifecycle before = find(story.netns(), tuple);
        if (before != null) {
            remove(before);
        }
        story.indexed = true;
        SocketLifecycle last = first.putIfAbsent(tuple, story);
        if (last != null) {
            while (last.nextOfTuple != null) {
                last = last.nextOfTuple;
            }
            last.nextOfTuple = story;
        }
    }

    void remove(SocketLifecycle story) {
        if (!story.indexed) {
            return;
        }
        story.indexed = false;
        SocketLifecycle next = story.nextOfTuple;
        story.nextOfTuple = null;
        Tuple tuple = new Tuple(story.local(), story.remote());
        SocketLifecycle before = Objects.requireNonNull(first.get(tuple));
        if (before == story && next == null) {
            first.remove(tuple);
        } else if (before == story) {
            first.put(tuple, next);
        } else {
            while (before.nextOfTuple != story) {
                before = Objects.requireNonNull(before.nextOfTuple);
            }
            before.nextOfTuple = next;
        }
    }

    @Nullable
    SocketLifecycle find(long netns, Endpoint local, Endpoint remote) {
        return find(netns, new Tuple(local, remote));
    }

    private @Nullable SocketLifecycle find(long netns, Tuple tuple) {
        SocketLifecycle story = first.get(tuple);
        while (story != null && story.netns() != netns) {
            story = story.nextOfTuple;
        }
        return story;
    }

    /** The first that has the same addresses the other way round; numbers must tell whether it is the same connection. */
    @Nullable
    SocketLifecycle otherEnds(SocketLifecycle story) {
        return first.get(new Tuple(story.local(), story.remote()).turnedRound());
    }

    void clear() {
        first.clear();
    }
}
