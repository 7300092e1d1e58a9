package io.fintrail.capture;

/**
 * How long the draining thread sleeps, and how often it says what time it is, in nanoseconds. Who watches wants to see at
 * once; what runs for months should wake up rarely.
 */
record Tempo(long busySleepNs, long idleSleepNs, long clockAtLeastNs) {
    static final Tempo BRISK = new Tempo(2_000_000, 20_000_000, 200_000_000);
    static final Tempo CALM = new Tempo(20_000_000, 250_000_000, 1_000_000_000);
}
