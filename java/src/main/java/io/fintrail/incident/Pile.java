package io.fintrail.incident;

import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Connections that stand for one reason, as of one moment. */
final class Pile {
    final PileKey key;
    final long nowNs;
    /** Those that it consists of; of proxied sessions both legs. */
    final List<Verdict> members = new ArrayList<>();

    final List<ProxiedSession> sessions = new ArrayList<>();
    final Map<VerdictName, Integer> verdicts = new EnumMap<>(VerdictName.class);

    /** How many connections of the same process may be the other legs of these. */
    int mayBeLegsOf;

    /** A look that is due will tell what it is. */
    boolean isUndecided;

    Pile(PileKey key, long nowNs) {
        this.key = key;
        this.nowNs = nowNs;
    }

    void add(Verdict verdict) {
        members.add(verdict);
        count(verdict);
    }

    /** The other end of a member: another view of the same connection. */
    void count(Verdict verdict) {
        verdicts.merge(verdict.name(), 1, Integer::sum);
    }

    int size() {
        return sessions.isEmpty() ? members.size() : sessions.size();
    }

    /** The connections whose FIN is awaited: of proxied sessions the legs that the proxy has shut. */
    List<SocketLifecycle> awaiting() {
        return sessions.isEmpty()
                ? members.stream().map(Verdict::story).toList()
                : sessions.stream().map(ProxiedSession::shut).toList();
    }

    /** The connections to those who came to the service. */
    List<SocketLifecycle> fronts() {
        return sessions.isEmpty()
                ? members.stream().map(Verdict::story).toList()
                : sessions.stream().map(ProxiedSession::front).toList();
    }

    @Nullable
    Holder holder() {
        if (key.pid() == 0) {
            return null;
        }
        return awaiting().stream()
                .map(SocketLifecycle::holder)
                .filter(holder -> holder != null && holder.pid() == key.pid())
                .findFirst()
                .orElse(null);
    }

    int count(VerdictName name) {
        return verdicts.getOrDefault(name, 0);
    }

    /** Any of its connections: to ask for what the host says. */
    SocketLifecycle any() {
        return awaiting().get(0);
    }
}
