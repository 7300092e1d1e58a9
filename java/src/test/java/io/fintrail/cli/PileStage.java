package io.fintrail.cli;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.event.SocketId;
import io.fintrail.incident.Incident;
import io.fintrail.incident.IncidentKind;
import io.fintrail.incident.IncidentSink;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import io.fintrail.verdict.VerdictSink;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes every FIN_MISSING_HELD for one pile: an incident to show, whatever the rules for incidents are. */
final class PileStage implements VerdictSink {
    private final VerdictSink next;
    private final IncidentSink sink;
    private final Set<SocketId> fronts = new LinkedHashSet<>();
    private final Set<SocketId> backs = new LinkedHashSet<>();
    private long openedNs;
    private long oldestNs = Long.MAX_VALUE;

    PileStage(VerdictSink next, IncidentSink sink) {
        this.next = next;
        this.sink = sink;
    }

    @Override
    public void onSession(Session session) {
        next.onSession(session);
    }

    @Override
    public void onGap(Gap gap) {
        next.onGap(gap);
    }

    @Override
    public void onVerdict(Verdict verdict) {
        next.onVerdict(verdict);
        SocketLifecycle story = verdict.story();
        if (verdict.name() == VerdictName.CLOSE_WAIT_PAIRED) {
            backs.add(story.id());
        } else if (verdict.name() == VerdictName.FIN_MISSING_HELD && fronts.add(story.id())) {
            openedNs = openedNs == 0 ? verdict.atNs() : openedNs;
            oldestNs = Math.min(oldestNs, story.sinceNs());
        }
        Holder holder = story.holder();
        if (!fronts.isEmpty() && holder != null) {
            sink.onIncident(pile(verdict.atNs(), holder, story));
        }
    }

    private Incident pile(long atNs, Holder holder, SocketLifecycle story) {
        int size = fronts.size();
        Map<String, Integer> closedFirst = new LinkedHashMap<>();
        closedFirst.put("backend", size);
        closedFirst.put("proxy", 0);
        closedFirst.put("client", 0);
        closedFirst.put("unknown", 0);
        Map<VerdictName, Integer> verdicts = new EnumMap<>(VerdictName.class);
        verdicts.put(VerdictName.FIN_MISSING_HELD, size);
        verdicts.put(VerdictName.CLOSE_WAIT_PAIRED, backs.size());
        return new Incident(
                "pile-1",
                size == 1 ? Incident.Change.OPENED : Incident.Change.GREW,
                IncidentKind.PROXY_PAIR_PILE,
                atNs,
                openedNs,
                oldestNs,
                false,
                holder,
                story.process(holder.pid()),
                ":8686",
                size,
                0.0,
                closedFirst,
                verdicts,
                List.of(new Incident.Peer("10.83.4.1", size)),
                0,
                new Incident.FinFate(size, 0, 0, 0, Map.of()),
                new Incident.Pairing(0, size, 0),
                List.of(new Incident.Limit("maxconn of haproxy :8686", 200, 200)),
                holder.comm() + "[" + holder.pid() + "] on :8686 holds " + size
                        + " proxied sessions that nobody ends: the"
                        + " backend closed first, haproxy passed that on, and the browsers' FINs were sent and lost on"
                        + " the way. All of them were: random loss does not do that.",
                "haproxy, by design: in TCP mode it passes a half-close on and waits for the browser's FIN. It reads EOF"
                        + " within 0.1 ms, so it is not frozen.",
                "no kernel timer: a process holds them. haproxy gives up `timeout client` after the client's last byte.",
                List.of(new Incident.Relief("`ss -K dport = :8686 state fin-wait-2` (a reset to each browser)", size)),
                List.of("haproxy: `timeout client-fin 10s`", "haproxy: `option clitcpka` with `clitcpka-idle 30s`"),
                List.of(
                        "raising maxconn: it fills the same way, only later",
                        "`tcp_fin_timeout` and `tcp_orphan_retries` on this host: neither applies to sockets that are held"),
                List.of(
                        "which box on the way drops the FIN: a capture on the far side of the firewall tells",
                        "whether a browser still repeats its FIN"));
    }
}
