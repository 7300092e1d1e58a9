package io.fintrail.incident;

import io.fintrail.incident.Incident.FinFate;
import io.fintrail.verdict.VerdictName;
import java.util.ArrayList;
import java.util.List;

/** An incident in a sentence, what its sockets wait for, and what ends them. */
final class Headline {
    private Headline() {}

    static String of(Situation it) {
        int size = it.size();
        String where = it.pile().key.service();
        return switch (it.pile().key.kind()) {
            case PROXY_PAIR_PILE -> sessions(it);
            case FIN_MISSING_PILE -> missing(it, size, where);
            case CLOSE_WAIT_LEAK ->
                it.who() + " does not close " + size + " connections (" + where + ") whose peers have closed"
                        + read(it);
            case CLOSE_WAIT_UNREAD_PILE ->
                it.who() + " has not read that the peers of " + size + " connections (" + where + ") have closed"
                        + (it.isAlive() ? ": it runs, and waits for something else" : "");
            case PROCESS_FROZEN ->
                it.who() + " does not run: " + size + " connections (" + where
                        + ") whose peers have closed wait for it";
            case ACCEPT_QUEUE_PILE ->
                size + " connections to " + where + " were closed by their peers before anybody accepted them";
            case FIN_UNACKED_PILE ->
                "our FINs on " + size + " connections (" + where + ") were sent and "
                        + (it.isPast() ? "never acknowledged until the kernel gave up" : "are not acknowledged")
                        + ": lost, or their acknowledgements are, or the peers are gone";
            case FIN_UNSENT_PILE -> unsent(it, size, where);
            case LOCAL_DROP ->
                "this host drops the peers' FINs of " + size + " connections (" + where + ")" + by(it.fin());
            case DESCRIPTOR_LEAK ->
                it.who() + " keeps the descriptors of " + size + " connections (" + where + ") that are over";
            case RESET_PILE ->
                size + (size >= IncidentStage.MOST_ENDED ? " or more" : "") + " connections (" + where
                        + ") ended lately by reset instead of a FIN";
        };
    }

    private static String missing(Situation it, int size, String where) {
        String fate = fate(it.fin(), "the peers");
        if (!it.areOrphans()) {
            return it.who() + " holds " + size + " connections (" + where
                    + ") that it has half-closed, and the peers' FINs do not come: " + fate;
        }
        return size + " closed connections (" + where + ") " + (it.isPast() ? "waited in vain" : "wait as orphans")
                + " for the peers' FINs: " + fate;
    }

    private static String sessions(Situation it) {
        boolean backends = it.waitsForBackends();
        String first = backends ? "client" : "backend";
        int known = it.closedFirst().getOrDefault(first, 0);
        String began = known * 2 > it.size()
                ? "the " + first + " closed first (" + known + " of " + it.size()
                        + "), the proxy passed that on, and the "
                : "one leg was closed by its peer, the other by the proxy - which first is not known for most -, and the ";
        return it.who() + " holds " + it.size() + " proxied sessions on "
                + it.pile().key.service()
                + " half-closed: " + began + (backends ? "backend's" : "clients'") + " FINs do not come: "
                + fate(it.fin(), backends ? "the backend" : "the clients");
    }

    /** What became of the FINs, in numbers. */
    static String fate(FinFate fin, String who) {
        List<String> parts = new ArrayList<>();
        add(parts, fin.lostOnTheWay(), "sent and lost on the way here");
        add(parts, fin.lostUnwatched(), "sent and lost, on the way or by a drop on this host that was not seen");
        add(parts, fin.droppedHere(), "dropped on this host" + by(fin));
        add(parts, fin.neverSent(), "never sent: " + who + " did not close");
        add(parts, fin.unsent(), "asked for and not sent yet: data before them waits for this side's window");
        add(parts, fin.unknown(), "never sent or lost on the way, which cannot be told from here");
        return parts.isEmpty() ? "nothing is owed" : String.join("; ", parts);
    }

    private static void add(List<String> parts, int count, String what) {
        if (count > 0) {
            parts.add(count + " " + what);
        }
    }

    private static String by(FinFate fin) {
        return fin.droppedBy().isEmpty()
                ? ""
                : " (" + String.join(", ", fin.droppedBy().keySet()) + ")";
    }

    private static String read(Situation it) {
        long read = it.pile().members.stream()
                .filter(verdict -> verdict.story().eofReadAtNs() != null)
                .count();
        return read == 0 ? "" : "; it has read the EOF of " + read;
    }

    private static String unsent(Situation it, int size, String where) {
        List<String> parts = new ArrayList<>();
        int refused = it.pile().count(VerdictName.FIN_UNSENT_LOCAL_EGRESS);
        add(parts, refused, "that this host itself refuses to send");
        add(parts, size - refused, "whose peers do not read what is before it");
        return "our FINs on " + size + " connections (" + where + ") were never sent: " + String.join("; ", parts);
    }

    /** Where the peers' windows are shut, and where this host refuses. */
    private static String endsUnsent(Situation it, boolean held) {
        int refused = it.pile().count(VerdictName.FIN_UNSENT_LOCAL_EGRESS);
        List<String> parts = new ArrayList<>();
        if (refused > 0) {
            parts.add("where this host refuses, the kernel after "
                    + (held ? "tcp_retries2 probes (15: some 15 minutes)" : "tcp_orphan_retries probes (0: eight)"));
        }
        if (refused < it.size()) {
            parts.add("where a peer does not read and still answers, "
                    + (held
                            ? "nothing but TCP_USER_TIMEOUT"
                            : "only that the kernel's probes reach their longest interval, minutes later")
                    + "; where it is silent, the kernel after as many probes");
        }
        return String.join("; ", parts);
    }

    /** No timer of the kernel's own, unless they asked for keep-alive. */
    private static String endsHeld(Situation it, String otherwise) {
        long asking = it.pile().awaiting().stream()
                .filter(story -> story.look() != null && story.look().keepsAlive())
                .count();
        return asking == 0
                ? "nothing in the kernel: " + otherwise
                : "keep-alive on " + asking + " of " + it.size()
                        + ", and only those whose other side answers no probe or does not know them any more; for the rest"
                        + " nothing in the kernel";
    }

    private static final String NO_TIMER = "no timer runs on a socket that a process holds";

    static String waitsFor(Situation it) {
        if (it.isFrozen()) {
            return it.who() + " is frozen: none of its threads can run";
        }
        return switch (it.pile().key.kind()) {
            case PROXY_PAIR_PILE ->
                it.who() + " waits for " + (it.waitsForBackends() ? "its backend" : "its clients")
                        + ", as it is made to: it has read EOF on " + it.sessionsRead() + " of the " + it.size()
                        + " legs that were closed" + (it.isAlive() ? ", and its threads run" : "");
            case FIN_MISSING_PILE ->
                it.areOrphans() ? "nobody holds them: the kernel waits" : it.who() + " waits for its peers' FINs";
            case CLOSE_WAIT_LEAK, DESCRIPTOR_LEAK -> "for close(), which only " + it.who() + " can call";
            case CLOSE_WAIT_UNREAD_PILE ->
                "for " + it.who() + " to read; "
                        + (it.isAlive()
                                ? "it runs, and does something else first"
                                : it.threads() == null
                                        ? "whether it runs was not seen"
                                        : "none of its threads ran between two looks");
            case PROCESS_FROZEN -> it.who() + " is frozen: none of its threads can run";
            case ACCEPT_QUEUE_PILE -> "for accept(), which nobody calls";
            case FIN_UNACKED_PILE -> "for the peers' acknowledgements; the kernel repeats our FINs";
            case FIN_UNSENT_PILE -> "for the peers' windows, or this host's own permission to send";
            case LOCAL_DROP -> "for a copy of the peers' FINs that gets through";
            case RESET_PILE -> "for nothing: they are over";
        };
    }

    static String ends(Situation it) {
        boolean held = !it.areOrphans();
        return switch (it.pile().key.kind()) {
            case PROXY_PAIR_PILE ->
                endsHeld(it, NO_TIMER) + ". "
                        + (it.isHaproxy()
                                ? "haproxy lets go after its own `timeout " + side(it) + "` (counted from the "
                                        + side(it) + "'s last byte, not from the FIN) or `timeout " + side(it) + "-fin`"
                                : "Only a limit of the proxy's own, or an operator, does");
            case FIN_MISSING_PILE, LOCAL_DROP ->
                held ? endsHeld(it, NO_TIMER) : "the kernel, after tcp_fin_timeout each";
            case CLOSE_WAIT_LEAK, CLOSE_WAIT_UNREAD_PILE, PROCESS_FROZEN, ACCEPT_QUEUE_PILE ->
                endsHeld(it, "an application must act");
            case DESCRIPTOR_LEAK -> "nothing in the kernel: an application must act";
            case FIN_UNSENT_PILE -> endsUnsent(it, held);
            case FIN_UNACKED_PILE ->
                held
                        ? "the kernel, after tcp_retries2 (15: about 15 minutes) or TCP_USER_TIMEOUT"
                        : "the kernel, after tcp_orphan_retries: " + ORPHAN_RETRIES;
            case RESET_PILE -> "they are over";
        };
    }

    private static String side(Situation it) {
        return it.waitsForBackends() ? "server" : "client";
    }

    static final String ORPHAN_RETRIES =
            "0 is treated as 8, a limit of about 102 s: nine repeats, then silence at 107 s";
}
