package io.fintrail.view;

import io.fintrail.incident.Incident;
import io.fintrail.incident.IncidentKind;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.ProcessInfo;
import io.fintrail.verdict.VerdictName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Incidents made by hand. */
final class Incidents {
    private static final long SECOND_NS = 1_000_000_000L;

    private Incidents() {}

    static Map<String, Integer> closedFirst(int backend) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        counts.put("backend", backend);
        counts.put("proxy", 0);
        counts.put("client", 0);
        counts.put("unknown", 0);
        return counts;
    }

    /** The pile that haproxy makes; {@code comm} is whatever the holder calls itself. */
    static Incident pile(String id, Incident.Change changed, int size, long atNs, String comm) {
        return new Incident(
                id,
                changed,
                IncidentKind.PROXY_PAIR_PILE,
                atNs,
                atNs - 5 * SECOND_NS,
                atNs - 14 * SECOND_NS,
                false,
                new Holder(7287, comm, null, 0, atNs),
                new ProcessInfo("/usr/sbin/haproxy", "haproxy.service", null, null, null),
                ":8686",
                size,
                3.14,
                closedFirst(size),
                new TreeMap<>(Map.of(VerdictName.FIN_MISSING_HELD, size, VerdictName.CLOSE_WAIT_PAIRED, size)),
                List.of(new Incident.Peer("10.84.1.2", size)),
                0,
                new Incident.FinFate(size, 0, 0, 0, 0, 0, Map.of()),
                new Incident.Pairing(0, size, 0),
                List.of(new Incident.Limit("accept queue :8686", 20, 20L)),
                comm + " on :8686 holds " + size + " proxied sessions whose backend has closed and whose browser's FIN"
                        + " was lost on the way; new users wait.",
                "nothing in the kernel: no timer runs on a socket that a process holds",
                "the proxy's own `timeout client`, or a restart",
                List.of(new Incident.Relief("ss -K state fin-wait-2 sport = :8686", size)),
                List.of("haproxy: timeout client-fin 10s"),
                List.of("raising maxconn: it fills the same way, later"),
                List.of("which box drops the FIN: a capture on the far side of the firewall settles it"));
    }
}
