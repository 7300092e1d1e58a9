package io.fintrail.view;

import io.fintrail.incident.Incident;
import io.fintrail.incident.IncidentKind;
import io.fintrail.lifecycle.Holder;
import io.fintrail.verdict.VerdictName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An incident as rows of a label and what there is to say: the numbers that it rests on. The host's texts are escaped. */
final class IncidentFacts {
    /** {@code says} is one line of prose. */
    record Row(String label, String says) {}

    private IncidentFacts() {}

    /** {@code haproxy[812] :8686}: whose it is, as short as can be. */
    static String whose(Incident incident) {
        Holder holder = incident.holder();
        String who = holder == null ? "" : Hostile.shown(holder.comm()) + "[" + holder.pid() + "]";
        return Stream.of(who, Hostile.shown(incident.service()))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" "));
    }

    /** {@code opened}, {@code grew}, ... */
    static String changed(Incident incident) {
        return incident.changed().name().toLowerCase(Locale.ROOT);
    }

    static List<Row> of(Incident incident, WallClock clock) {
        List<Row> rows = new ArrayList<>();
        rows.add(new Row("how many", size(incident)));
        rows.add(new Row("oldest", oldest(incident, clock)));
        add(rows, "held by", holder(incident));
        add(rows, "limits", limits(incident.limits()));
        add(rows, "verdicts", verdicts(incident.verdicts()));
        add(rows, "closed first", counts(incident.closedFirst()));
        add(rows, "peers' FINs", fin(incident.fin()));
        add(rows, "legs paired", pairing(incident.pairing()));
        add(rows, "peers", peers(incident));
        add(rows, "what holds it", Hostile.shown(incident.waitsFor()));
        add(rows, "what ends it", Hostile.shown(incident.ends()));
        return rows;
    }

    private static void add(List<Row> rows, String label, String says) {
        if (!says.isEmpty()) {
            rows.add(new Row(label, says));
        }
    }

    private static String size(Incident incident) {
        boolean sessions = incident.kind() == IncidentKind.PROXY_PAIR_PILE;
        String what = sessions
                ? incident.size() == 1 ? " proxied session" : " proxied sessions"
                : incident.size() == 1 ? " connection" : " connections";
        return incident.size() + what + pace(incident);
    }

    private static String pace(Incident incident) {
        Double growth = incident.growthPerSecond();
        if (incident.changed() == Incident.Change.CLOSED) {
            return ", over";
        }
        if (growth == null) {
            return "";
        }
        return Math.abs(growth) < 0.05
                ? ", not growing"
                : String.format(Locale.ROOT, ", %s by %.1f/s", growth > 0 ? "growing" : "shrinking", Math.abs(growth));
    }

    private static String oldest(Incident incident, WallClock clock) {
        return "stands since " + clock.ofDay(incident.oldestNs())
                + (incident.oldestIsAtLeast() ? " or longer" : "") + ", for "
                + (incident.oldestIsAtLeast() ? "at least " : "")
                + WallClock.duration(Math.max(0, incident.atNs() - incident.oldestNs())) + " by "
                + clock.ofDay(incident.atNs()) + "; noticed at " + clock.ofDay(incident.openedAtNs());
    }

    private static String holder(Incident incident) {
        Holder holder = incident.holder();
        if (holder == null) {
            return "";
        }
        String belongs = HolderText.belongsTo(incident.process());
        return Hostile.shown(holder.comm()) + "[" + holder.pid() + "]" + (belongs.isEmpty() ? "" : ", " + belongs);
    }

    private static String limits(List<Incident.Limit> limits) {
        return limits.stream()
                .map(l -> Hostile.shown(l.what()) + " " + used(l) + (l.isReached() ? " (FULL)" : ""))
                .collect(Collectors.joining(", "));
    }

    static String used(Incident.Limit limit) {
        Long most = limit.most();
        return most == null ? String.valueOf(limit.used()) : limit.used() + " of " + most;
    }

    private static String verdicts(Map<VerdictName, Integer> verdicts) {
        return verdicts.entrySet().stream()
                .map(e -> e.getValue() + " " + e.getKey())
                .collect(Collectors.joining(", "));
    }

    private static String counts(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .map(e -> Hostile.shown(e.getKey()) + " " + e.getValue())
                .collect(Collectors.joining(", "));
    }

    private static String fin(Incident.FinFate fin) {
        int known = fin.sentButLost() + fin.neverSent() + fin.unsent() + fin.droppedHere();
        if (known + fin.unknown() == 0) {
            return "";
        }
        String by = fin.droppedBy().isEmpty() ? "" : " (" + counts(fin.droppedBy()) + ")";
        String unwatched =
                fin.lostUnwatched() == 0 ? "" : " (" + fin.lostUnwatched() + " perhaps by an unseen drop on this host)";
        return "sent and lost " + fin.sentButLost() + unwatched + ", dropped on this host " + fin.droppedHere() + by
                + ", never sent " + fin.neverSent()
                + (fin.unsent() == 0 ? "" : ", asked for and unsent " + fin.unsent())
                + ", unknown " + fin.unknown();
    }

    private static String pairing(Incident.Pairing pairing) {
        int all = pairing.certain() + pairing.inferred() + pairing.none();
        return all == 0
                ? ""
                : pairing.certain() + " surely, " + pairing.inferred() + " probably, " + pairing.none() + " not";
    }

    private static String peers(Incident incident) {
        String named = incident.peers().stream()
                .map(peer -> Hostile.shown(peer.address()) + " (" + peer.count() + ")")
                .collect(Collectors.joining(", "));
        return incident.morePeers() == 0
                ? named
                : named + " and " + incident.morePeers()
                        + (incident.morePeers() == 1 ? " more address" : " more addresses");
    }
}
