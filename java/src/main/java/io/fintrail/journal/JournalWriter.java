package io.fintrail.journal;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.RecordSink;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes a journal; belongs to one thread. A drain becomes few documents, each kept or lost whole. What finds no room is
 * counted and becomes a gap as soon as there is some.
 */
public final class JournalWriter implements RecordSink, AutoCloseable {
    static final String NO_ROOM = "no room for the journal";

    /** About 2,000 records. */
    private static final int BATCH_BYTES = 128 << 10;

    /** What a reader may have to read before the moment it looks for. */
    private static final long SECTION_BYTES = 256 << 10;

    private static final long LOOK_AT_SIZE_EVERY_NS = 1_000_000_000L;

    /** A reader that begins in the middle should not have to go far back. */
    private static final long DESCRIBED_EVERY_MS = 3_600_000;

    /** A look may itself fill the files whose removal asks for the next one. */
    private static final long DESCRIBED_AT_MOST_MS = 3_000;

    private final Path directory;
    private final LongSupplier wallMs;
    private final long mostUnread;
    private final @Nullable AtomicInteger readerCycle;
    private final JournalAppender appender;
    private final KeptFiles kept;
    private final RecordEncoder encoder = new RecordEncoder();
    private final TreeMap<Integer, Long> bytesByCycle = new TreeMap<>();
    /** The session as it begins each section; made once, because sections are many. */
    private byte @Nullable [] session;

    private int sectionNumber;
    private long sectionFrom;
    private boolean sectionBroken = true;
    private long index = 1;
    private long drainedToNs;
    private long wallOffsetNs;
    private long refused;
    private long allRefused;
    private long refusedFromNs;
    private long refusedToNs;
    private long sizedNs;
    private boolean forgotten;
    private int describedCycle = Integer.MIN_VALUE;
    private long describedMs;

    private JournalWriter(
            Path directory,
            Retention retention,
            LongSupplier wallMs,
            long mostUnread,
            @Nullable AtomicInteger readerCycle) {
        this.directory = directory;
        this.wallMs = wallMs;
        this.mostUnread = mostUnread;
        this.readerCycle = readerCycle;
        appender = new JournalAppender(directory, retention, wallMs);
        kept = new KeptFiles(directory, retention);
        describedMs = wallMs.getAsLong();
    }

    /** A journal that is kept, as far as {@code retention} says. */
    public static JournalWriter kept(Path directory, Retention retention) {
        return kept(directory, retention, System::currentTimeMillis);
    }

    /** {@code wallMs} says when roll files begin and how old they are. */
    static JournalWriter kept(Path directory, Retention retention, LongSupplier wallMs) {
        return new JournalWriter(directory, retention, wallMs, Long.MAX_VALUE, null);
    }

    /**
     * A journal between a writer and a reader in one process: what the reader has passed is deleted, and beyond
     * {@code mostUnread} bytes that it has not, there is no room. {@code readerCycle} is shared with
     * {@link JournalReader#passing}.
     */
    public static JournalWriter passing(Path directory, long mostUnread, AtomicInteger readerCycle) {
        Retention inSmallFiles = new Retention(Long.MAX_VALUE, Retention.LEAST_BYTES * 16);
        return new JournalWriter(directory, inSmallFiles, System::currentTimeMillis, mostUnread, readerCycle);
    }

    @Override
    public void session(Session session) {
        this.session = utf8(TrailText.words(session.fields()));
        wallOffsetNs = session.wallOffsetNs();
        drainedToNs = session.beganNs();
        sectionBroken = true;
        isReady();
    }

    /** The same recording says more of itself from here on. */
    public void describe(Session session) {
        this.session = utf8(TrailText.words(session.fields()));
        sectionBroken = true;
        isReady();
    }

    /** Whether a document can be put now. Before the first of a section it says what is to be known of the rest. */
    private boolean isReady() {
        if (!appender.isReady()) {
            return false;
        }
        boolean newFile = appender.isFileNew();
        if (newFile || sectionBroken || appender.fileBytes() - sectionFrom >= SECTION_BYTES) {
            if (!beginSection()) {
                return false;
            }
        }
        if (newFile) {
            onNewFile();
        }
        return refused == 0 || tellOfRefused();
    }

    private void onNewFile() {
        kept.began(appender.cycle(), appender.fileBeganMs());
        if (describedCycle == Integer.MIN_VALUE) {
            describedCycle = appender.cycle(); // the first look at everything is taken without being asked for
        }
        forgotten |= readerCycle == null && appender.fileBeganMs() - describedMs >= DESCRIBED_EVERY_MS;
        forgetOldest();
    }

    private boolean beginSection() {
        byte[] current = session;
        if (current == null) {
            return false;
        }
        sectionBroken = true;
        encoder.beginSection();
        sectionNumber = appender.number();
        sectionFrom = appender.fileBytes();
        appender.begin(Document.SESSION).put(current);
        if (!appender.append()) {
            return false;
        }
        appender.begin(Document.SECTION)
                .putLong(drainedToNs)
                .putLong(wallOffsetNs)
                .putLong(index);
        sectionBroken = !appender.append();
        return !sectionBroken;
    }

    /** Puts what {@link JournalAppender#begin} gave; what fails takes its section with it. */
    private boolean put() {
        sectionBroken = !appender.append();
        return !sectionBroken;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void batch(ByteBuffer records) {
        int at = records.position();
        while (at < records.limit()) {
            int first = at;
            if (hasRoomForUnread(records.limit() - at) && isReady()) {
                for (; at < records.limit() && encoder.bytes() < BATCH_BYTES; at += TcpEventLayout.SIZE) {
                    encoder.put(records, at);
                }
                long bytes = encoder.bytes();
                encoder.drainTo(appender.begin(Document.BATCH).position(Document.RECORDS_AT));
                if (put()) {
                    index += (at - first) / TcpEventLayout.SIZE;
                    if (readerCycle != null) {
                        bytesByCycle.merge(appender.cycle(), bytes, Long::sum);
                    }
                    continue;
                }
            }
            refuse(drainedToNs, lastKtimeNs(records), (records.limit() - first) / TcpEventLayout.SIZE);
            return;
        }
    }

    private static long lastKtimeNs(ByteBuffer records) {
        int last = records.limit() - TcpEventLayout.SIZE;
        return records.duplicate().order(ByteOrder.nativeOrder()).getLong(last + TcpEventLayout.KTIME_NS);
    }

    private void refuse(long fromNs, long toNs, long lost) {
        if (refused == 0) {
            refusedFromNs = fromNs;
        }
        refused += lost;
        allRefused += lost;
        refusedToNs = Math.max(refusedToNs, toNs);
        forgotten = true;
    }

    private boolean hasRoomForUnread(int more) {
        AtomicInteger passed = readerCycle;
        if (passed == null) {
            return true;
        }
        long unread = 0;
        for (long size : bytesByCycle.tailMap(passed.get(), true).values()) {
            unread += size;
        }
        return unread + more <= mostUnread;
    }

    private boolean tellOfRefused() {
        long toNs = Math.max(refusedToNs, refusedFromNs);
        beginGap(new Gap(refusedFromNs, toNs, refused, TcpEventKind.UNKNOWN, NO_ROOM));
        if (!put()) {
            return false;
        }
        refused = 0;
        return true;
    }

    private void beginGap(Gap gap) {
        appender.begin(Document.GAP)
                .putLong(gap.fromNs())
                .putLong(gap.toNs())
                .putLong(gap.lost())
                .put((byte) gap.kind().number())
                .put(utf8(gap.cause()));
    }

    @Override
    public boolean clock(long drainedToNs, long wallOffsetNs) {
        this.drainedToNs = drainedToNs;
        this.wallOffsetNs = wallOffsetNs;
        if (isReady()) {
            appender.begin(Document.CLOCK)
                    .putLong(drainedToNs)
                    .putLong(wallOffsetNs)
                    .putInt(appender.number() - sectionNumber);
            put();
        }
        if (drainedToNs - sizedNs >= LOOK_AT_SIZE_EVERY_NS) {
            sizedNs = drainedToNs;
            forgetOldest();
        }
        return isToBeDescribed();
    }

    /** What is known of the host would be gone with a file, was refused, or is of an hour ago. Not all the time. */
    private boolean isToBeDescribed() {
        long nowMs = wallMs.getAsLong();
        boolean due = forgotten && refused == 0 && Math.abs(nowMs - describedMs) >= DESCRIBED_AT_MOST_MS;
        if (due) {
            forgotten = false;
            describedMs = nowMs;
            describedCycle = appender.cycle();
        }
        return due;
    }

    @Override
    public void gap(Gap gap) {
        if (isReady()) {
            beginGap(gap);
            if (put()) {
                return;
            }
        }
        refuse(gap.fromNs(), gap.toNs(), gap.lost());
        allRefused -= gap.lost(); // counted by whoever lost it
    }

    @Override
    public void note(HostNote note) {
        if (isReady()) {
            appender.begin(Document.NOTE)
                    .putLong(note.ktimeNs())
                    .put((byte) note.kind().number())
                    .put(utf8(TrailText.words(note.fields())));
            if (put()) {
                return;
            }
        }
        refuse(note.ktimeNs(), note.ktimeNs(), 1);
    }

    @Override
    public void end(long ktimeNs) {
        if (isReady()) {
            appender.begin(Document.END).putLong(ktimeNs);
            put();
        }
    }

    /** Records put so far; those that found no room are not among them. */
    public long records() {
        return index - 1;
    }

    /** Bytes put so far. */
    public long bytes() {
        return appender.bytes();
    }

    /** Facts that found no room so far. */
    public long refused() {
        return allRefused;
    }

    /** Why: empty for want of room. */
    public String pauseCause() {
        return appender.failure();
    }

    /** Something found no room, and there is still none. */
    public boolean isPaused() {
        return refused > 0;
    }

    private void forgetOldest() {
        AtomicInteger passed = readerCycle;
        if (passed != null) {
            RollFiles.list(directory).headMap(passed.get()).values().forEach(RollFiles::delete);
            bytesByCycle.headMap(passed.get()).clear();
            return;
        }
        int removed = kept.removeOldest(appender.cycle(), appender.fileBytes(), wallMs.getAsLong());
        forgotten |= removed >= describedCycle;
    }

    @Override
    public void close() {
        appender.close();
    }
}
