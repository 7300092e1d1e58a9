package io.fintrail.cli;

import io.fintrail.event.ForwardingSink;
import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.SocketId;
import io.fintrail.event.TraceSink;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.LifecycleListener;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Judge;
import io.fintrail.verdict.Verdict;
import io.fintrail.view.ConnectionStory;
import io.fintrail.view.FoundConnection;
import io.fintrail.view.FoundList;
import io.fintrail.view.Recording;
import io.fintrail.view.StoryLog;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the connections that a query means while a journal is read, and keeps the story of one: the wanted one of
 * several, or the only one. Of the others it keeps a line, and of all that are not meant nothing.
 */
final class ConnectionSearch implements LifecycleListener {
    private static final int MAX_FOUND = 1000;

    private record Key(String run, SocketId id) {}

    private final SocketQuery query;
    private final int nth;
    private final Map<Key, FoundConnection> found = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, FoundConnection> eldest) {
            return size() > MAX_FOUND;
        }
    };
    private Recording recording = new Recording(new Session(new TreeMap<>()));
    private int count;
    private @Nullable String hint;
    private @Nullable FollowedStory followed;

    /** @param nth which of several is told, from 1; 0: the only one */
    ConnectionSearch(SocketQuery query, int nth) {
        this.query = query;
        this.nth = nth;
    }

    /** Passes all on to {@code tracker}, and learns from it how far the recording goes. */
    TraceSink watching(TraceSink tracker) {
        return new ForwardingSink(tracker) {
            @Override
            public void onClock(long drainedToNs, long wallOffsetNs) {
                recording.reached(drainedToNs);
                recording.wallOffset(wallOffsetNs);
                super.onClock(drainedToNs, wallOffsetNs);
            }

            @Override
            public void onEnd(long ktimeNs) {
                recording.reached(ktimeNs);
                super.onEnd(ktimeNs);
            }
        };
    }

    int count() {
        return count;
    }

    /** What comes near where nothing matches. */
    @Nullable
    String hint() {
        return hint;
    }

    /** The newest of those that match. */
    List<FoundConnection> newest() {
        int shown = Math.min(found.size(), FoundList.MAX_SHOWN);
        return found.values().stream().skip(found.size() - shown).toList();
    }

    /** The one to be told; null where none or several match. */
    @Nullable
    ConnectionStory story(long removedBefore) {
        return followed == null ? null : followed.told(removedBefore);
    }

    @Override
    public void onSession(Session session) {
        if (!session.run().equals(recording.run())) {
            recording = new Recording(session);
        }
    }

    @Override
    public void onGap(Gap gap) {
        recording.lost(gap);
    }

    @Override
    public void onFolded(SocketLifecycle story, Evidence evidence) {
        recording.reached(evidence.atNs());
        if (query.means(story)) {
            find(story);
        } else {
            String near = query.hint(story);
            hint = near == null ? hint : near;
        }
        if (followed != null) {
            followed.onFolded(story, evidence, recording);
        }
    }

    private void find(SocketLifecycle story) {
        Key key = new Key(recording.run(), story.id());
        FoundConnection before = found.get(key);
        if (before == null) {
            count++;
            if (nth == count || (nth == 0 && count == 1)) {
                followed = new FollowedStory(new StoryLog(story, recording));
            } else if (nth == 0) {
                followed = null;
            }
        }
        FoundConnection now = FoundConnection.of(before == null ? count : before.number(), story, recording);
        found.put(key, before == null ? now : now.judged(before.judged()));
    }

    private void judged(Verdict verdict) {
        Key key = new Key(recording.run(), verdict.story().id());
        found.computeIfPresent(key, (k, before) -> before.judged(FoundConnection.name(verdict)));
        if (followed != null) {
            followed.onVerdict(verdict);
        }
    }

    private boolean isOfInterest(SocketLifecycle story) {
        return query.means(story) || (followed != null && followed.isOtherLeg(story));
    }

    @Override
    public void onFinal(SocketLifecycle story, long nowNs) {
        if (isOfInterest(story)) {
            judged(Judge.judgeFinal(story, nowNs));
        }
    }

    @Override
    public void onStanding(SocketLifecycle story, long nowNs) {
        if (isOfInterest(story)) {
            judged(Judge.judgeStanding(story, nowNs));
        }
    }

    @Override
    public void onLateFact(SocketLifecycle story, long nowNs) {
        onFinal(story, nowNs);
    }

    @Override
    public void onPending(SocketLifecycle story, long nowNs) {
        onStanding(story, nowNs);
    }
}
