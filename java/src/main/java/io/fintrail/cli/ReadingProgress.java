package io.fintrail.cli;

import io.fintrail.event.ForwardingSink;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TraceSink;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Says every few seconds how far a long reading has come. */
final class ReadingProgress extends ForwardingSink {
    private static final long EVERY_NS = 3_000_000_000L;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final DateTimeFormatter OF_DAY = DateTimeFormatter.ofPattern("HH:mm:ss");

    private final PrintWriter err;
    private final long lastWallNs;
    private long firstWallNs;
    private long events;
    private long toldNs = System.nanoTime();

    /** @param lastWallNs when the recording ends, nanoseconds since 1970; 0 where that is not known */
    ReadingProgress(PrintWriter err, long lastWallNs, TraceSink next) {
        super(next);
        this.err = err;
        this.lastWallNs = lastWallNs;
    }

    /** Somebody is looking at stderr; stdout may go elsewhere. */
    static boolean isWatched() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/2"))
                    .toString()
                    .matches("/dev/(pts/\\d+|tty.*|console)");
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void onEvent(TcpEvent event, long index) {
        events++;
        next.onEvent(event, index);
    }

    @Override
    public void onClock(long drainedToNs, long wallOffsetNs) {
        long wallNs = drainedToNs + wallOffsetNs;
        if (firstWallNs == 0) {
            firstWallNs = wallNs;
        }
        long nowNs = System.nanoTime();
        if (nowNs - toldNs >= EVERY_NS) {
            toldNs = nowNs;
            tell(wallNs);
        }
        next.onClock(drainedToNs, wallOffsetNs);
    }

    private void tell(long wallNs) {
        String time = OF_DAY.withZone(ZoneId.systemDefault()).format(Instant.ofEpochSecond(wallNs / SECOND_NS));
        long span = lastWallNs - firstWallNs;
        String part = span <= 0 ? "" : String.format(" (%d %%)", Math.min(100, 100 * (wallNs - firstWallNs) / span));
        err.printf("fintrail: %,d events read, up to %s%s%n", events, time, part);
    }
}
