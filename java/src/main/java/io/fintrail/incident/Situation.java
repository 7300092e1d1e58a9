package io.fintrail.incident;

import io.fintrail.incident.Incident.FinFate;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.Ownership;
import io.fintrail.lifecycle.ProcessInfo;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.lifecycle.ThreadActivity;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What there is to say of a pile, found out once. */
record Situation(
        Pile pile,
        @Nullable Holder holder,
        ProcessInfo process,
        @Nullable ThreadActivity threads,
        FinFate fin,
        Map<String, Integer> closedFirst) {
    Situation(Pile pile) {
        this(pile, pile.holder(), pile.any());
    }

    private Situation(Pile pile, @Nullable Holder holder, SocketLifecycle any) {
        this(
                pile,
                holder,
                holder == null ? ProcessInfo.UNKNOWN : any.process(holder.pid()),
                holder == null ? null : any.threads(holder.pid()),
                awaitsFins(pile) ? Fates.of(pile) : Fates.NONE,
                WhoClosedFirst.of(pile));
    }

    boolean isFrozen() {
        ThreadActivity looked = threads;
        return looked != null && looked.kind() == ThreadActivity.Kind.FROZEN;
    }

    boolean isAlive() {
        ThreadActivity looked = threads;
        return looked != null && looked.kind() == ThreadActivity.Kind.ALIVE;
    }

    /** Proxied sessions whose end the proxy has read. */
    long sessionsRead() {
        return pile.sessions.stream()
                .filter(session -> session.ended().isReadToTheEnd())
                .count();
    }

    /** Elsewhere no FIN of a peer is owed, or what matters is another one. */
    static boolean awaitsFins(Pile pile) {
        return switch (pile.key.kind()) {
            case PROXY_PAIR_PILE, FIN_MISSING_PILE, LOCAL_DROP -> true;
            default -> false;
        };
    }

    /** All of them are over. */
    boolean isPast() {
        return pile.members.stream().allMatch(verdict -> verdict.isFinal());
    }

    boolean areOrphans() {
        return pile.key.ownership() == Ownership.ORPHAN;
    }

    int size() {
        return pile.size();
    }

    /** "haproxy[812]", hostile; or who else it is. */
    String who() {
        Holder known = holder;
        return known == null ? "a process that was not seen" : known.comm() + "[" + known.pid() + "]";
    }

    boolean isHaproxy() {
        Holder known = holder;
        return known != null && known.comm().startsWith("haproxy");
    }

    boolean isNginx() {
        Holder known = holder;
        return known != null && known.comm().startsWith("nginx");
    }

    /** Most of its proxied sessions were ended by clients: the backends are waited for. */
    boolean waitsForBackends() {
        long byClient =
                pile.sessions.stream().filter(ProxiedSession::clientClosedFirst).count();
        return byClient * 2 > pile.sessions.size();
    }
}
