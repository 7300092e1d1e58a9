package io.fintrail.view;

import io.fintrail.event.TcpState;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How many connections were in each state at moments that are evenly apart, a tenth of a second at first. Bounded: of too
 * many every second one is dropped, and from then on they are twice as far apart. Single-threaded.
 */
final class StateSamples {
    static final int MOST = 240;

    private static final long FIRST_APART_NS = 100_000_000;

    /** What stood at that moment of the wall clock (ns since 1970). */
    record Sample(long wallNs, Map<TcpState, Integer> counts) {}

    private final List<Sample> samples = new ArrayList<>();
    private long apartNs = FIRST_APART_NS;

    /** Time is up for another one; where the wall clock was set back, once it is past the newest again. */
    boolean isDue(long wallNs) {
        return samples.isEmpty() || wallNs - newest().wallNs >= apartNs;
    }

    void add(long wallNs, Map<TcpState, Integer> counts) {
        if (samples.size() == MOST) {
            thin();
        }
        Map<TcpState, Integer> kept = new EnumMap<>(TcpState.class);
        kept.putAll(counts);
        samples.add(new Sample(wallNs, kept));
    }

    /** The end is always told. */
    void end(long wallNs, Map<TcpState, Integer> counts) {
        if (samples.isEmpty() || wallNs > newest().wallNs) {
            add(wallNs, counts);
        }
    }

    List<Sample> all() {
        return List.copyOf(samples);
    }

    private Sample newest() {
        return samples.get(samples.size() - 1);
    }

    private void thin() {
        List<Sample> kept = new ArrayList<>();
        for (int i = 0; i < samples.size(); i += 2) {
            kept.add(samples.get(i));
        }
        samples.clear();
        samples.addAll(kept);
        apartNs *= 2;
    }
}
