package io.fintrail.view;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.SocketId;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.verdict.Severity;
import io.fintrail.verdict.Verdict;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What is half-closed right now, in groups of sockets that stand alike, the largest first. */
public final class StuckView implements View {
    private static final String INDENT = "         ";
    private static final int MOST_PEERS = 3;

    private final PrintWriter out;
    private final PrintWriter aside;
    private final Map<StuckGroup.Key, StuckGroup> groups = new LinkedHashMap<>();
    private final Set<SocketId> known = new HashSet<>();
    private final LookLimits limits = new LookLimits();
    private long count;

    public StuckView(PrintWriter out, PrintWriter aside) {
        this.out = out;
        this.aside = aside;
    }

    /** How many sockets stand with a problem. */
    public long count() {
        return count;
    }

    @Override
    public void onSession(Session session) {
        String unknown = limits.of(session);
        if (!unknown.isEmpty()) {
            Columns.print(aside, "", "fintrail: " + unknown);
            aside.flush();
        }
    }

    /** Says also which namespaces nobody looked into. */
    @Override
    public void onReady(String what) {
        Columns.print(aside, "", "fintrail: " + what);
        aside.flush();
    }

    /** One look takes no time. */
    @Override
    public void onClockStep(long ktimeNs, long byNs) {}

    /** Each socket is told of when it is found, and again as pending when the input ends. */
    boolean isNew(Verdict verdict) {
        return !verdict.isFinal() && !known.contains(verdict.story().id());
    }

    @Override
    public void onVerdict(Verdict verdict) {
        if (!isNew(verdict)) {
            return;
        }
        known.add(verdict.story().id());
        count += verdict.severity() == Severity.PROBLEM ? 1 : 0;
        groups.computeIfAbsent(StuckGroup.Key.of(verdict), key -> new StuckGroup(key, verdict))
                .add(verdict);
    }

    @Override
    public void onEvent(Evidence evidence) {}

    @Override
    public void onGap(Gap gap) {
        aside.println("fintrail: " + gap.lost() + " rows were lost (" + Hostile.shown(gap.cause())
                + "): what follows is incomplete; a larger --ring loses less");
        aside.flush();
    }

    /** The groups so far, the largest first. */
    List<StuckGroup> groups() {
        return groups.values().stream()
                .sorted(Comparator.comparingInt((StuckGroup group) -> -group.count))
                .toList();
    }

    @Override
    public void onSummary(Summary summary) {
        long sockets =
                summary.sockets().values().stream().mapToLong(Long::longValue).sum();
        String where = count == 0 ? "" : ", in " + groups.size() + (groups.size() == 1 ? " group" : " groups");
        String states = summary.sockets().isEmpty() ? "" : " (" + states(summary) + ")";
        Columns.print(out, "", count + " of " + sockets + " sockets are stuck" + where + states);
        groups().forEach(this::print);
        out.flush();
    }

    private static String states(Summary summary) {
        return summary.sockets().entrySet().stream()
                .map(e -> e.getValue() + " " + e.getKey())
                .collect(Collectors.joining(", "));
    }

    private void print(StuckGroup group) {
        Verdict example = group.example;
        out.println();
        String pids = group.pids.isEmpty()
                ? ""
                : group.pids.stream().limit(4).map(String::valueOf).collect(Collectors.joining(",", "[", ""))
                        + (group.pids.size() > 4 ? ",…]" : "]");
        Columns.print(
                out,
                String.format("%7d  ", group.count),
                String.join(
                        "  ",
                        List.of(
                                group.key.verdict().name(),
                                Hostile.shown(group.key.name()) + pids,
                                group.key.service(),
                                "oldest " + (group.oldestIsAtLeast ? "at least " : "")
                                        + WallClock.duration(group.oldestNs))));
        say(example.meaning());
        if (!group.key.belongsTo().isEmpty()) {
            say("Belongs to " + group.key.belongsTo() + ".");
        }
        if (group.threads != null) {
            say("Its process is " + HolderText.says(group.threads) + ".");
        }
        if (group.sentButLost > 0) {
            say("The peer's FIN was sent and lost for " + group.sentButLost + " of them.");
        }
        if (!group.findings.isEmpty()) {
            say("Also: " + String.join(", ", group.findings) + ".");
        }
        say(end(group));
        say("Peers: "
                + group.mostPeers(MOST_PEERS).stream()
                        .map(e -> e.getKey() + " (" + e.getValue() + ")")
                        .collect(Collectors.joining(", "))
                + (group.peers.size() > MOST_PEERS ? " and " + (group.peers.size() - MOST_PEERS) + " more" : "") + ".");
        if (example.missing() != null) {
            say("Not certain; what would settle it: " + example.missing() + ".");
        }
        example.advice().forEach(advice -> say("Advice: " + advice + "."));
    }

    private static String end(StuckGroup group) {
        Long lastNs = group.lastEndNs;
        int never = group.count - group.endsByItself;
        if (lastNs == null) {
            return "What ends them: " + group.example.kernelEnds().why() + ".";
        }
        return "The kernel ends " + (never == 0 ? "them" : group.endsByItself + " of them") + " within "
                + WallClock.duration(Math.max(0, lastNs - group.example.atNs())) + " (" + group.endedBy + ")"
                + (never == 0 ? "." : "; for the other " + never + " an application must act.");
    }

    private void say(String sentence) {
        Columns.print(out, INDENT, Hostile.shown(sentence));
    }
}
