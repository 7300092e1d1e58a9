package io.fintrail.view;

import io.fintrail.event.Endpoint;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.Leg;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Severity;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictName;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which verdicts are shown. Empty sets and names, pid 0, netns 0 and prefix 0 let everything through; ports and address
 * match either end, of the socket or of another leg of its proxied session.
 */
public record VerdictFilter(
        boolean all,
        Set<VerdictName> names,
        int pid,
        String comm,
        Set<Integer> ports,
        byte[] address,
        int prefixBits,
        long netns)
        implements Predicate<Verdict> {

    @Override
    public boolean test(Verdict verdict) {
        if (!all && verdict.severity() != Severity.PROBLEM) {
            return false;
        }
        return (names.isEmpty() || names.contains(verdict.name())) && concerns(verdict);
    }

    /** It is about a wanted socket, whatever it says. */
    public boolean concerns(Verdict verdict) {
        return heldByWanted(verdict.story().holders()) && matchesSocketOrLeg(verdict.story());
    }

    /** The other leg of a proxied session matters as much. */
    private boolean matchesSocketOrLeg(SocketLifecycle story) {
        return matchesSocket(story)
                || story.legs().stream().map(Leg::story).anyMatch(leg -> leg != null && matchesSocket(leg));
    }

    private boolean heldByWanted(List<Holder> holders) {
        boolean anybody = pid == 0 && comm.isEmpty();
        return anybody
                || holders.stream()
                        .anyMatch(h -> (pid == 0 || h.pid() == pid)
                                && (comm.isEmpty() || h.comm().equals(comm)));
    }

    private boolean matchesSocket(SocketLifecycle story) {
        Endpoint local = story.local();
        Endpoint remote = story.remote();
        boolean port = ports.isEmpty() || ports.contains(local.port()) || ports.contains(remote.port());
        boolean range = prefixBits == 0 || inRange(local) || inRange(remote);
        return port && range && (netns == 0 || netns == story.netns());
    }

    private boolean inRange(Endpoint endpoint) {
        ByteBuffer wanted = ByteBuffer.wrap(address);
        long high = endpoint.high() ^ wanted.getLong();
        long low = endpoint.low() ^ wanted.getLong();
        long highMask = prefixBits >= 64 ? -1L : -1L << (64 - prefixBits);
        long lowMask = prefixBits <= 64 ? 0 : -1L << (128 - prefixBits);
        return (high & highMask) == 0 && (low & lowMask) == 0;
    }
}
