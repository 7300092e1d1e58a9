package io.fintrail.live;

import io.fintrail.event.Endpoint;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The packets of one connection in the capture at one end, in their order. */
final class Conversation {
    private final Endpoint local;
    private final List<Segment> segments;

    Conversation(List<Segment> capture, String local, String remote) {
        this.local = Endpoint.parse(local);
        Endpoint peer = Endpoint.parse(remote);
        segments = capture.stream()
                .filter(s -> (s.source().equals(this.local) && s.destination().equals(peer))
                        || (s.source().equals(peer) && s.destination().equals(this.local)))
                .toList();
    }

    private Conversation(Endpoint local, List<Segment> segments) {
        this.local = local;
        this.segments = segments;
    }

    /** The part that ends with this packet; all of it for -1. */
    Conversation upTo(int index) {
        return index < 0 ? this : new Conversation(local, segments.subList(0, index + 1));
    }

    int size() {
        return segments.size();
    }

    Segment get(int index) {
        return segments.get(index);
    }

    boolean isSent(Segment segment) {
        return segment.source().equals(local) && !segment.quoted();
    }

    boolean isArrived(Segment segment) {
        return !segment.source().equals(local) && !segment.quoted();
    }

    /** Somebody told this end by ICMP that what it sent cannot be delivered. */
    boolean wasUnreachable() {
        return segments.stream().anyMatch(s -> s.quoted() && s.source().equals(local));
    }

    /** -1 where it never left. */
    int firstSent(Predicate<Segment> wanted) {
        return first(s -> isSent(s) && wanted.test(s));
    }

    int firstArrived(Predicate<Segment> wanted) {
        return first(s -> isArrived(s) && wanted.test(s));
    }

    private int first(Predicate<Segment> wanted) {
        for (int i = 0; i < segments.size(); i++) {
            if (wanted.test(segments.get(i))) {
                return i;
            }
        }
        return -1;
    }

    /** The last that arrived before that packet. */
    @Nullable
    Segment lastArrived(int before, Predicate<Segment> wanted) {
        for (int i = before - 1; i >= 0; i--) {
            if (isArrived(segments.get(i)) && wanted.test(segments.get(i))) {
                return segments.get(i);
            }
        }
        return null;
    }

    boolean sendsAfter(int index, Predicate<Segment> wanted) {
        return segments.subList(index + 1, segments.size()).stream().anyMatch(s -> isSent(s) && wanted.test(s));
    }

    /** The FINs and RSTs of one direction. */
    List<Segment> ends(boolean sent) {
        Predicate<Segment> ending = s -> s.isFin() || s.isReset();
        return sent ? sent(ending) : arrived(ending);
    }

    List<Segment> arrived(Predicate<Segment> wanted) {
        return segments.stream().filter(s -> isArrived(s) && wanted.test(s)).toList();
    }

    List<Segment> sent(Predicate<Segment> wanted) {
        return segments.stream().filter(s -> isSent(s) && wanted.test(s)).toList();
    }
}
