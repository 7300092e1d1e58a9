package io.fintrail.incident;

import io.fintrail.event.Endpoint;
import io.fintrail.event.TcpState;
import io.fintrail.incident.Incident.FinFate;
import io.fintrail.incident.Incident.Relief;
import io.fintrail.lifecycle.HaproxyWord;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.lifecycle.ThreadActivity;
import io.fintrail.verdict.FindingName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What to do about an incident: what ends what stands, what keeps the next one away, what does neither. Names that the host
 * gave go into a command only where no shell could take them for more than names.
 */
record Advice(List<Relief> doNow, List<String> prevent, List<String> notACure, List<String> cannotKnow) {
    private static final Pattern HARMLESS_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9@._:/+-]{0,199}");
    private static final Pattern HARMLESS_PATH = Pattern.compile("/[A-Za-z0-9@._/+-]{1,199}");

    /** More addresses than this, and the port alone stands in the filter. */
    private static final int MOST_FILTERS = 4;

    private static final String CONNTRACK =
            "conntrack: net.netfilter.nf_conntrack_tcp_timeout_close_wait longer than a half-closed session lasts, or let"
                    + " FIN and RST pass in state INVALID";

    static Advice on(Situation it) {
        Advice advice = new Advice(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        switch (it.pile().key.kind()) {
            case PROXY_PAIR_PILE -> advice.onSessions(it);
            case FIN_MISSING_PILE, LOCAL_DROP -> advice.onMissingFins(it);
            case CLOSE_WAIT_LEAK, CLOSE_WAIT_UNREAD_PILE -> advice.onUnclosed(it);
            case PROCESS_FROZEN -> advice.onFrozen(it);
            case ACCEPT_QUEUE_PILE ->
                advice.prevent.add(
                        "find out why nobody accepts: the process is stuck, or at its" + " connection limit");
            case FIN_UNACKED_PILE -> advice.onUnacknowledged();
            case FIN_UNSENT_PILE ->
                advice.prevent.add("TCP_USER_TIMEOUT bounds how long a peer may not read; where this"
                        + " host refuses: its OUTPUT firewall, route, queueing discipline");
            case DESCRIPTOR_LEAK -> {
                advice.restart(it);
                advice.prevent.add("mend the close path of " + it.who());
            }
            case RESET_PILE -> advice.prevent.add("the verdicts say which side reset and why");
        }
        return advice;
    }

    private void onSessions(Situation it) {
        killShut(it);
        shutdownSessions(it);
        restart(it);
        boolean backends = it.waitsForBackends();
        String side = backends ? "server" : "client";
        if (it.isHaproxy()) {
            prevent.add("haproxy: `timeout " + side + "-fin 10s` bounds the wait for "
                    + (backends ? "a backend's" : "a client's") + " FIN; without it `timeout " + side
                    + "` counts, from the last byte");
            prevent.add("haproxy: `option " + (backends ? "srvtcpka" : "clitcpka")
                    + "` and a short keep-alive idle time, which end those whose other side is gone");
        } else if (it.isNginx()) {
            prevent.add(
                    "nginx: `proxy_timeout` bounds a half-closed stream session (`proxy_half_close off` ends it at once)");
        } else {
            prevent.add(it.who() + ": a limit on how long a half-closed session may last (haproxy calls it `timeout "
                    + side + "-fin`), or keep-alive");
        }
        preventDrops(it);
        notACure.add("raising maxconn: the same fills it again, later");
        heldSocketsAreNobodysTimer();
        notACure.add("a reload: the old process keeps its old sessions");
        cannotKnow(it, backends ? "the backend" : "the clients");
        unpaired(it);
    }

    private void onMissingFins(Situation it) {
        boolean held = !it.areOrphans();
        if (held) {
            killShut(it);
            restart(it);
            prevent.add(
                    it.who() + ": a limit on how long a half-closed connection may last (haproxy: `timeout client-fin`,"
                            + " `timeout server-fin`), or SO_KEEPALIVE");
            heldSocketsAreNobodysTimer();
        }
        preventDrops(it);
        if (!held) {
            notACure.add("tcp_orphan_retries on this host: our FINs are acknowledged, nothing of ours is repeated");
        }
        cannotKnow(it, "the peers");
        mayBeSessions(it);
    }

    private void onUnclosed(Situation it) {
        restart(it);
        boolean unread = it.pile().key.kind() == IncidentKind.CLOSE_WAIT_UNREAD_PILE;
        prevent.add(
                unread
                        ? "find out what " + it.who()
                                + " waits for instead of reading; a proxy that waits for a slow reply: a"
                                + " shorter `timeout server`, or `option abortonclose` in haproxy's defaults section"
                        : "mend the close path of " + it.who()
                                + " (haproxy: `timeout server-fin`, `timeout client-fin`)");
        notACure.add("tcp_fin_timeout, tcp_orphan_retries, tcp_keepalive: the FIN that is missing is ours, and "
                + it.who() + " has not asked for it");
        mayBeSessions(it);
    }

    /** Connections that have ended, and others that we have shut: a proxy has as many of each, a leak has not. */
    private void mayBeSessions(Situation it) {
        int others = it.pile().mayBeLegsOf;
        if (others > 0) {
            boolean shut = it.pile().key.kind() == IncidentKind.FIN_MISSING_PILE;
            cannotKnow.add("whether these are legs of proxied sessions: " + it.who() + " also has " + others
                    + " connections that " + (shut ? "their peers have closed" : "it has half-closed")
                    + ", and which belongs to which was not seen. If it is a proxy, it waits as it is made to");
        }
    }

    private void onFrozen(Situation it) {
        ThreadActivity threads = it.threads();
        Holder holder = it.holder();
        boolean stopped = threads != null && threads.states().containsKey("T");
        boolean traced = threads != null && threads.states().containsKey("t");
        if (stopped && holder != null) {
            doNow.add(new Relief("kill -CONT " + holder.pid(), it.size()));
        }
        if (traced) {
            prevent.add("a debugger has stopped " + it.who() + ": detach it (TracerPid in /proc/PID/status)");
        }
        restart(it);
        if (!traced) {
            prevent.add(
                    stopped
                            ? "find out who stopped " + it.who() + " (a signal, a frozen control group)"
                            : "find out what its threads wait for in the kernel: /proc/PID/task/*/wchan");
        }
        notACure.add("any timeout or sysctl: a process that does not run acts on none");
    }

    private void onUnacknowledged() {
        prevent.add("look at the path to the peers, and at whether they still exist");
        notACure.add("tcp_orphan_retries=0 does not mean none: " + Headline.ORPHAN_RETRIES);
        cannotKnow.add("whether our FINs were lost or their acknowledgements: a capture on the peers' side would tell");
    }

    private void heldSocketsAreNobodysTimer() {
        notACure.add(
                "tcp_fin_timeout and tcp_orphan_retries on this host: neither applies to a socket that a process holds");
        notACure.add("setting tcp_orphan_retries because it is 0: " + Headline.ORPHAN_RETRIES
                + "; and whoever repeats the missing FIN, it is the other side's kernel, by its own setting");
    }

    private void preventDrops(Situation it) {
        FinFate fin = it.fin();
        if (fin.droppedHere() > 0) {
            boolean conntrack = it.pile().members.stream()
                    .flatMap(verdict -> verdict.findings().stream())
                    .anyMatch(finding -> finding.name() == FindingName.FIN_DROPPED_CONNTRACK);
            prevent.add(
                    conntrack
                            ? CONNTRACK
                            : "mend what drops FINs on this host ("
                                    + String.join(", ", fin.droppedBy().keySet())
                                    + "): a firewall rule on the way in, as a rule");
        }
        if (fin.lostOnTheWay() > 0) {
            prevent.add("find what drops FINs between the other side and this host: a firewall or NAT that forgets or"
                    + " filters half-closed connections; random loss does not lose every repeat");
        } else if (fin.lostUnwatched() > 0) {
            prevent.add("find what drops FINs: this host's own firewall and conntrack first, then what stands between;"
                    + " random loss does not lose every repeat");
        }
    }

    private void cannotKnow(Situation it, String who) {
        if (it.fin().lostUnwatched() > 0) {
            cannotKnow.add("whether the FINs were lost on the way or dropped by this host before this watched: the next"
                    + " repeat of one, which a kernel sends at growing intervals for some 100 s, tells");
        }
        if (it.fin().lostOnTheWay() > 0) {
            cannotKnow.add("which box on the way loses the FINs: a capture on its far side would tell");
        }
        if (it.fin().unknown() > 0) {
            cannotKnow.add(
                    "whether " + who + " never closed or the FINs were lost: a capture on the far side, or a keep-alive"
                            + " probe, would tell");
        }
    }

    private void unpaired(Situation it) {
        long unpaired = it.pile().sessions.stream().filter(s -> s.leg() == null).count();
        if (unpaired > 0) {
            cannotKnow.add("which leg belongs to which of " + unpaired
                    + " sessions: what passed from one to the other was not seen, and several fit as well");
        }
    }

    /** The sockets that we have shut, by state, address and port, in the namespace where they are. */
    private void killShut(Situation it) {
        Holder holder = it.holder();
        if (holder == null) {
            return;
        }
        Map<String, Integer> filters = new TreeMap<>();
        Map<String, Integer> byPort = new TreeMap<>();
        for (SocketLifecycle story : it.pile().awaiting()) {
            if (story.state() == TcpState.FIN_WAIT2 || story.state() == TcpState.FIN_WAIT1) {
                filters.merge(filter(story, true), 1, Integer::sum);
                byPort.merge(filter(story, false), 1, Integer::sum);
            }
        }
        long netns = it.pile().key.netns();
        Long own = it.process().netns();
        String into = own == null || own == netns
                ? "nsenter -t " + holder.pid() + " -n "
                : "in network namespace " + netns + ", which is not that of " + it.who() + ": ";
        Map<String, Integer> fewest = filters.size() <= MOST_FILTERS ? filters : byPort;
        fewest.forEach((filter, count) -> doNow.add(new Relief(into + "ss -K state " + filter, count)));
        if (!filters.isEmpty()) {
            notACure.add(
                    "`ss -K` spares none that its filter fits, those of other processes and healthy ones half-closed for"
                            + " a moment included: without -K it lists them");
        }
    }

    private static String filter(SocketLifecycle story, boolean withAddress) {
        String state = story.state() == TcpState.FIN_WAIT2 ? "fin-wait-2" : "fin-wait-1";
        Endpoint end = story.isAccepted() ? story.local() : story.remote();
        String address = end.isIpv4() ? end.address() : "[" + end.address() + "]";
        String side = story.isAccepted() ? "src " : "dst ";
        String port = (story.isAccepted() ? "sport = :" : "dport = :") + end.port();
        return state + " '( " + (withAddress ? side + address + " and " : "") + port + " )'";
    }

    private void shutdownSessions(Situation it) {
        Holder holder = it.holder();
        HaproxyWord haproxy = holder == null ? null : it.pile().any().haproxy(holder.pid());
        if (haproxy == null || !HARMLESS_PATH.matcher(haproxy.socket()).matches()) {
            return;
        }
        boolean shared = false;
        for (HaproxyWord.Server server : haproxy.servers()) {
            int stuck = (int) it.pile().sessions.stream()
                    .filter(s -> s.back().remote().toString().equals(server.address()))
                    .count();
            long sameAddress = haproxy.servers().stream()
                    .filter(other -> other.address().equals(server.address()))
                    .count();
            if (stuck == 0 || !HARMLESS_NAME.matcher(server.name()).matches()) {
                continue;
            }
            shared |= sameAddress > 1;
            int frees = sameAddress > 1 ? (int) Math.min(stuck, server.sessions()) : stuck;
            if (frees == 0) {
                continue;
            }
            doNow.add(new Relief(
                    "echo 'shutdown sessions server " + server.name() + "' | socat stdio " + haproxy.socket(), frees));
            long others = Math.max(0, server.sessions() - stuck);
            if (others > 0) {
                notACure.add("`shutdown sessions` spares none: it also ends " + others + " other sessions of "
                        + server.name());
            }
        }
        if (shared) {
            cannotKnow.add(
                    "which of haproxy's servers with one address these sessions are of: `shutdown sessions` on one may"
                            + " free fewer");
        }
    }

    private void restart(Situation it) {
        if (it.holder() == null) {
            return;
        }
        String unit = it.process().unit();
        String container = it.process().container();
        boolean service = unit != null
                && unit.endsWith(".service")
                && HARMLESS_NAME.matcher(unit).matches();
        String what = container == null && service ? "systemctl restart " + unit : "restart " + harmless(it);
        doNow.add(new Relief(what, it.size()));
    }

    /** Somebody will paste it into a shell. */
    private static String harmless(Situation it) {
        Holder holder = it.holder();
        return holder != null && !HARMLESS_NAME.matcher(holder.comm()).matches() ? "process " + holder.pid() : it.who();
    }
}
