package io.fintrail.incident;

import io.fintrail.incident.Incident.Limit;
import io.fintrail.lifecycle.Descriptors;
import io.fintrail.lifecycle.HaproxyWord;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.Listener;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.ArrayList;
import java.util.List;

/** What runs out because of a pile, as far as the newest look tells. */
final class Limits {
    private static final double WORTH_SAYING = 0.5;

    private Limits() {}

    static List<Limit> of(Pile pile) {
        List<Limit> limits = new ArrayList<>();
        SocketLifecycle any = pile.any();
        Long since = any.standsSinceNs();
        long sinceNs = since == null ? Long.MIN_VALUE : since; // what was seen before tells nothing of this
        Holder holder = pile.holder();
        if (holder != null) {
            HaproxyWord haproxy = any.haproxy(holder.pid());
            if (haproxy != null && haproxy.maxconn() > 0 && haproxy.atNs() > sinceNs) {
                limits.add(new Limit("haproxy maxconn", haproxy.connections(), haproxy.maxconn()));
            }
            Descriptors descriptors = any.descriptors(holder.pid());
            // Noted when they change: what was noted last is still so.
            if (descriptors != null
                    && descriptors.most() > 0
                    && descriptors.open() > WORTH_SAYING * descriptors.most()) {
                limits.add(new Limit("open files of " + holder.pid(), descriptors.open(), descriptors.most()));
            }
        }
        Listener listener = pile.fronts().get(0).listener();
        if (listener != null && listener.atNs() > sinceNs && (listener.acceptQueue() > 0 || listener.drops() > 0)) {
            limits.add(new Limit(
                    "accept queue " + pile.key.service(), listener.acceptQueue(), listener.acceptQueueMost() + 1L));
        }
        if (listener != null && listener.drops() > 0) {
            limits.add(new Limit("handshakes dropped by the listener since it began", listener.drops(), null));
        }
        return limits;
    }
}
