package io.fintrail.view;

import io.fintrail.event.Endpoint;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.lifecycle.ThreadActivity;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Sockets that stand alike: one verdict, one holder, one service. Collected, then read. */
final class StuckGroup {
    /** Whose they are; {@code name} is the holder's command, or what stands in for one. */
    record Key(VerdictName verdict, String name, String belongsTo, String service) {
        static Key of(Verdict verdict) {
            SocketLifecycle story = verdict.story();
            List<Holder> holders = story.holders();
            if (holders.isEmpty()) {
                String nobody = switch (story.ownership()) {
                    case ORPHAN -> "orphan";
                    case UNACCEPTED -> "not accepted";
                    case HELD, UNKNOWN -> "holder not seen";
                };
                return new Key(verdict.name(), nobody, "", service(story));
            }
            Holder first = holders.get(0);
            return new Key(
                    verdict.name(), first.comm(), HolderText.belongsTo(story.process(first.pid())), service(story));
        }

        /** The lower port is the service's: ":443" is ours, "10.0.0.9:443" another host's. */
        private static String service(SocketLifecycle story) {
            Endpoint local = story.local();
            Endpoint remote = story.remote();
            return local.port() <= remote.port() ? ":" + local.port() : remote.toString();
        }
    }

    final Key key;
    final Verdict example;
    final TreeSet<Integer> pids = new TreeSet<>();
    final Map<String, Integer> states = new TreeMap<>();
    final Map<String, Integer> peers = new TreeMap<>();
    final List<String> findings = new ArrayList<>();
    int count;
    int sentButLost;
    int endsByItself;
    long oldestNs;
    boolean oldestIsAtLeast;

    @Nullable
    Long lastEndNs;

    @Nullable
    String endedBy;

    @Nullable
    ThreadActivity threads;

    StuckGroup(Key key, Verdict example) {
        this.key = key;
        this.example = example;
    }

    void add(Verdict verdict) {
        SocketLifecycle story = verdict.story();
        count++;
        for (Holder holder : story.holders()) {
            pids.add(holder.pid());
            ThreadActivity activity = story.threads(holder.pid());
            threads = activity == null ? threads : activity;
        }
        states.merge(story.state().name(), 1, Integer::sum);
        peers.merge(story.remote().address(), 1, Integer::sum);
        sentButLost += Boolean.TRUE.equals(story.peerFin().sentButLost()) ? 1 : 0;
        long ageNs = verdict.atNs() - story.sinceNs();
        if (ageNs >= oldestNs) {
            oldestNs = ageNs;
            oldestIsAtLeast = story.sinceIsAtLeast();
        }
        Long endNs = verdict.kernelEnds().atNs();
        if (endNs != null) {
            endsByItself++;
            lastEndNs = lastEndNs == null ? endNs : Long.valueOf(Math.max(lastEndNs, endNs));
            endedBy = verdict.kernelEnds().by();
        }
        verdict.findings().stream()
                .map(f -> f.name().name())
                .filter(f -> !findings.contains(f))
                .forEach(findings::add);
    }

    /** The addresses that most of them lead to, the first first. */
    List<Map.Entry<String, Integer>> mostPeers(int atMost) {
        return peers.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(atMost)
                .toList();
    }
}
