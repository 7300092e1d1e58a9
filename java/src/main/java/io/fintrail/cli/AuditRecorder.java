package io.fintrail.cli;

import io.fintrail.capture.HostFacts;
import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.RecordSink;
import io.fintrail.event.Session;
import io.fintrail.journal.JournalWriter;
import io.fintrail.view.AuditLog;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stands before an audit's journal: says in it, at the end, what the audit has cost. On the thread that drains. */
final class AuditRecorder implements RecordSink {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.LOGGER);

    private final JournalWriter writer;
    private final Session session;
    private final Runnable onClock;
    private boolean paused;

    AuditRecorder(JournalWriter writer, Session session, Runnable onClock) {
        this.writer = writer;
        this.session = session;
        this.onClock = onClock;
    }

    @Override
    public void session(Session session) {
        writer.session(session);
    }

    @Override
    public void batch(ByteBuffer records) {
        writer.batch(records);
    }

    @Override
    public boolean clock(long drainedToNs, long wallOffsetNs) {
        onClock.run();
        boolean lookAgain = writer.clock(drainedToNs, wallOffsetNs);
        if (writer.isPaused() != paused) {
            paused = !paused;
            if (paused) {
                LOG.error(
                        "the journal pauses: {}",
                        writer.pauseCause().isEmpty() ? "no room on its disk" : writer.pauseCause());
            } else {
                LOG.warn("the journal goes on; {} facts found no room", writer.refused());
            }
        }
        return lookAgain;
    }

    @Override
    public void gap(Gap gap) {
        writer.gap(gap);
    }

    @Override
    public void note(HostNote note) {
        writer.note(note);
    }

    @Override
    public void end(long ktimeNs) {
        writer.describe(session.with("overhead-cpu-ms", Long.toString(Math.round(HostFacts.processCpuSeconds() * 1000)))
                .with("overhead-resident-kib", Long.toString(HostFacts.residentBytes() >> 10))
                .with("overhead-journal-bytes", Long.toString(writer.bytes()))
                .with("overhead-records", Long.toString(writer.records())));
        writer.end(ktimeNs);
    }
}
