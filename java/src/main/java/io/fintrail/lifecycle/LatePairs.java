package io.fintrail.lifecycle;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The legs of sessions that stood before we came: what came in on one went out on the other, both ways, at the same
 * times. Only where no other socket of the process fits as well; with thousands of equal requests at once, none is told.
 * Where the bytes alone leave one of each, a proxy may have taken its time.
 * A FIN says nothing here: its repeats hide when it was sent first.
 */
final class LatePairs {
    static final long MOST_DELAY_NS = 1_000_000_000L;

    /** The newest row of a socket that stands: payload and when it moved. */
    private record Side(SocketLifecycle story, long receivedAtNs, long sentAtNs) {
        /** What one leg receives, the other sends. */
        Side turned() {
            long received = sentAtNs;
            long sent = receivedAtNs;
            return new Side(story, received, sent);
        }
    }

    /** Whose, and how much payload came in on the leg that we have shut and went out on the one that the peer has. */
    private record Traffic(int pid, long upBytes, long downBytes) {}

    private record Group(List<Side> shut, List<Side> ended) {}

    private LatePairs() {}

    static void find(Collection<SocketLifecycle> stories, Snapshot snapshot) {
        Map<Traffic, Group> groups = new HashMap<>();
        for (SocketLifecycle story : stories) {
            TcpEvent look = story.look();
            boolean alone =
                    !story.done && !story.holders().isEmpty() && story.legs().isEmpty();
            boolean rowsMissing = story.mayHaveMissed(TcpEventKind.SOCKET, snapshot.fromNs(), snapshot.toNs());
            if (alone && !rowsMissing && look != null && look.ktimeNs() >= snapshot.fromNs()) {
                add(groups, story, look);
            }
        }
        for (Group group : groups.values()) {
            match(
                    group,
                    2
                            * group.shut.stream()
                                    .mapToLong(side -> side.story.session().jiffyNs())
                                    .findFirst()
                                    .orElse(0));
        }
    }

    private static void add(Map<Traffic, Group> groups, SocketLifecycle story, TcpEvent look) {
        TcpState state = story.state();
        boolean weHaveShut = state == TcpState.FIN_WAIT2 || state == TcpState.FIN_WAIT1;
        if (!weHaveShut && state != TcpState.CLOSE_WAIT) {
            return;
        }
        // A SYN that was acknowledged counts as a byte sent (tcp_snd_una_update), a FIN as one sent or received.
        long sent = look.sentBytes() - (story.isAccepted() ? 0 : 1) - (state == TcpState.FIN_WAIT2 ? 1 : 0);
        long received = look.receivedBytes() - (look.peerFinAccepted() ? 1 : 0);
        if (sent <= 0 || received <= 0) {
            return;
        }
        int pid = story.holders().get(0).pid();
        Traffic traffic = weHaveShut ? new Traffic(pid, received, sent) : new Traffic(pid, sent, received);
        Group group = groups.computeIfAbsent(traffic, t -> new Group(new ArrayList<>(), new ArrayList<>()));
        long jiffyNs = story.session().jiffyNs();
        (weHaveShut ? group.shut : group.ended)
                .add(new Side(
                        story,
                        look.ktimeNs() - look.dataReceivedJiffies() * jiffyNs,
                        look.ktimeNs() - look.dataSentJiffies() * jiffyNs));
    }

    /**
     * Each must be the other's only fit. Times are counted in jiffies and read at any moment within one: what was at once
     * differs by less than two.
     */
    private static void match(Group group, long atOnceNs) {
        if (group.shut.size() == 1 && group.ended.size() == 1) {
            Side shut = group.shut.get(0);
            Side ended = group.ended.get(0);
            boolean passedOn = !PairFinder.areOfOneSide(shut.story, ended.story)
                    && follows(ended.sentAtNs, shut.receivedAtNs, atOnceNs)
                    && follows(shut.sentAtNs, ended.receivedAtNs, atOnceNs);
            if (passedOn) {
                PairFinder.join(shut.story, ended.story, Leg.How.SAME_BYTES_AND_TIMES, true);
            }
            return;
        }
        group.ended.sort(Comparator.comparingLong(Side::sentAtNs));
        List<Side> turned = new ArrayList<>();
        group.shut.forEach(side -> turned.add(side.turned()));
        turned.sort(Comparator.comparingLong(Side::sentAtNs));
        for (Side shut : group.shut) {
            Side ended = onlyFit(shut, group.ended, atOnceNs);
            Side back = ended == null ? null : onlyFit(ended.turned(), turned, atOnceNs);
            boolean fits = back != null && back.story == shut.story;
            if (ended != null && fits && !PairFinder.areOfOneSide(shut.story, ended.story)) {
                PairFinder.join(shut.story, ended.story, Leg.How.SAME_BYTES_AND_TIMES, true);
            }
        }
    }

    private static boolean follows(long sentNs, long receivedNs, long atOnceNs) {
        long afterNs = sentNs - receivedNs;
        return afterNs > -atOnceNs && afterNs < MOST_DELAY_NS;
    }

    /** Of those that are in order of when they sent: the one that sent when this received, and the other way round. */
    private static @Nullable Side onlyFit(Side side, List<Side> others, long atOnceNs) {
        Side only = null;
        for (int i = firstFrom(others, side.receivedAtNs - atOnceNs + 1); i < others.size(); i++) {
            Side other = others.get(i);
            if (other.sentAtNs >= side.receivedAtNs + atOnceNs) {
                break;
            }
            if (Math.abs(other.receivedAtNs - side.sentAtNs) < atOnceNs) {
                if (only != null) {
                    return null;
                }
                only = other;
            }
        }
        return only;
    }

    private static int firstFrom(List<Side> ended, long ns) {
        int low = 0;
        int high = ended.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ended.get(middle).sentAtNs < ns) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
