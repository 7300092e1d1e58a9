package io.fintrail.view;

import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The connections whose whole story a report tells, chosen as they are judged. Bounded: of too many, those go that are worth
 * less, and of what is worth the same, one of whose like there are most: the same verdict and holder. Of those the oldest
 * stay, and a sample of the others that every replay takes alike. Single-threaded.
 */
final class ChosenStories {
    static final int MOST = 2_000;

    private static final int OLDEST_OF_A_KIND = 200;

    /** Those that are alike. */
    private record Kind(int worth, VerdictName verdict, int holderPid) {
        static Kind of(ReportRow row) {
            return new Kind(row.worth(), row.verdict(), row.holderPid());
        }
    }

    /** One of them, with the newest verdict on it. */
    static final class Chosen {
        final ReportTable.Key key;
        final StoryLog log;
        private final long sample;
        private final Kind kind;
        private final long sinceNs;
        final Verdict verdict;

        Chosen(ReportRow row, StoryLog log, Verdict verdict) {
            key = ReportTable.Key.of(row);
            this.log = log;
            this.verdict = verdict;
            kind = Kind.of(row);
            sinceNs = row.sinceNs();
            sample = (row.id().cookie() * 0x9E3779B97F4A7C15L) >>> 1; // spreads neighbours (Knuth)
        }

        Chosen with(ReportRow row, Verdict newer) {
            return new Chosen(row, log, newer);
        }
    }

    /** The oldest of a kind, and the others in an order that has nothing to do with them. */
    private static final class Like {
        private final Kind kind;
        private final long order;
        private final TreeSet<Chosen> oldest = new TreeSet<>(Comparator.comparingLong((Chosen chosen) -> chosen.sinceNs)
                .thenComparingLong(chosen -> chosen.key.id().cookie())
                .thenComparingInt(chosen -> chosen.key.id().generation())
                .thenComparingInt(chosen -> chosen.key.run()));
        private final TreeSet<Chosen> sample = new TreeSet<>(Comparator.comparingLong((Chosen chosen) -> chosen.sample)
                .thenComparingInt(chosen -> chosen.key.id().generation())
                .thenComparingInt(chosen -> chosen.key.run()));

        Like(Kind kind, long order) {
            this.kind = kind;
            this.order = order;
        }

        void add(Chosen chosen) {
            oldest.add(chosen);
            if (oldest.size() > OLDEST_OF_A_KIND) {
                sample.add(oldest.pollLast());
            }
        }

        void remove(Chosen chosen) {
            if (!oldest.remove(chosen)) {
                sample.remove(chosen);
            }
        }

        /** There is one: a kind of which nothing is left is dropped. */
        Chosen least() {
            return sample.isEmpty() ? oldest.last() : sample.last();
        }

        int size() {
            return oldest.size() + sample.size();
        }
    }

    private final int most;
    private final Map<ReportTable.Key, Chosen> chosen = new LinkedHashMap<>();
    private final IdentityHashMap<SocketLifecycle, Chosen> byStory = new IdentityHashMap<>();
    private final Map<Kind, Like> kinds = new HashMap<>();
    /** The first is the one that is to have one less. */
    private final TreeSet<Like> ranked = new TreeSet<>(Comparator.comparingInt((Like like) -> like.kind.worth())
            .thenComparingInt(like -> -like.size())
            .thenComparingLong(like -> like.order));

    private long kindsMade;

    ChosenStories() {
        this(MOST);
    }

    ChosenStories(int most) {
        this.most = most;
    }

    /** Takes it, or what is newly known of it; then leaves one where there are too many. */
    void offer(ReportRow row, Verdict verdict, Recording recording) {
        Chosen before = chosen.get(ReportTable.Key.of(row));
        if (before == null && row.worth() == 0 && chosen.size() >= most) {
            return; // one like it is there, or there is better
        }
        if (before != null) {
            remove(before);
        }
        add(
                before != null && before.log.story() == verdict.story()
                        ? before.with(row, verdict)
                        : new Chosen(row, new StoryLog(verdict.story(), recording), verdict));
        if (chosen.size() > most) {
            leaveOne();
        }
    }

    void onFolded(SocketLifecycle story, Evidence evidence) {
        Chosen it = byStory.get(story);
        if (it != null) {
            it.log.add(evidence);
        }
    }

    void remove(ReportTable.Key key) {
        Chosen it = chosen.get(key);
        if (it != null) {
            remove(it);
        }
    }

    @Nullable
    Chosen get(ReportTable.Key key) {
        return chosen.get(key);
    }

    Collection<Chosen> all() {
        return List.copyOf(chosen.values());
    }

    private void add(Chosen it) {
        chosen.put(it.key, it);
        byStory.put(it.log.story(), it);
        Like like = kinds.computeIfAbsent(it.kind, kind -> new Like(kind, kindsMade++));
        change(like, () -> like.add(it));
    }

    private void remove(Chosen it) {
        chosen.remove(it.key);
        byStory.remove(it.log.story());
        Like like = kinds.get(it.kind);
        if (like != null) {
            change(like, () -> like.remove(it));
        }
    }

    /** Its rank goes by its size. */
    private void change(Like like, Runnable change) {
        ranked.remove(like);
        change.run();
        if (like.size() > 0) {
            ranked.add(like);
        } else {
            kinds.remove(like.kind);
        }
    }

    private void leaveOne() {
        remove(ranked.first().least());
    }
}
