package io.fintrail.view;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.function.LongSupplier;

/** Ktime as people and programs read it; the offset is the journal's newest. */
public final class WallClock {
    private static final DateTimeFormatter RFC_3339 =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.nnnnnnnnn'Z'").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter OF_DAY = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
    private static final long SECOND_NS = 1_000_000_000L;

    private final LongSupplier offsetNs;

    /** @param offsetNs wall clock minus ktime, in nanoseconds */
    public WallClock(LongSupplier offsetNs) {
        this.offsetNs = offsetNs;
    }

    /** For times that are the wall clock's already. */
    static WallClock ofWall() {
        return new WallClock(() -> 0);
    }

    /** What {@link #ofDay} is in. */
    static String zone() {
        return ZoneId.systemDefault().getId();
    }

    /** Nanoseconds since 1970. */
    public long wallNs(long ktimeNs) {
        return ktimeNs + offsetNs.getAsLong();
    }

    private Instant instant(long ktimeNs) {
        long wallNs = wallNs(ktimeNs);
        return Instant.ofEpochSecond(Math.floorDiv(wallNs, SECOND_NS), Math.floorMod(wallNs, SECOND_NS));
    }

    /** RFC 3339 in UTC with nanoseconds. */
    String rfc3339(long ktimeNs) {
        return RFC_3339.format(instant(ktimeNs));
    }

    /** Time of day in the local zone, to the millisecond. */
    String ofDay(long ktimeNs) {
        return OF_DAY.withZone(ZoneId.systemDefault()).format(instant(ktimeNs));
    }

    /** A duration with the unit that suits it: {@code 340 us}, {@code 12.3 ms}, {@code 5.0 s}, {@code 12 min}. */
    static String duration(long ns) {
        if (ns < 1_000_000) {
            return ns / 1_000 + " us";
        }
        if (ns < SECOND_NS) {
            return String.format("%.1f ms", ns / 1e6);
        }
        return ns < 600 * SECOND_NS ? String.format("%.1f s", ns / 1e9) : ns / (60 * SECOND_NS) + " min";
    }
}
