package io.fintrail.cli;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.RecordSink;
import io.fintrail.event.Session;
import io.fintrail.journal.JournalWriter;
import io.fintrail.view.Hostile;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** What somebody who records wants to see: that it runs, what was lost, that the disk is full, how much there is. */
final class RecordProgress implements RecordSink {
    private final JournalWriter writer;
    private final Session session;
    private final Path directory;
    private final PrintWriter err;
    private final Runnable onClock;
    private boolean ready;
    private boolean paused;
    private long lost;

    RecordProgress(JournalWriter writer, Session session, Path directory, PrintWriter err, Runnable onClock) {
        this.writer = writer;
        this.session = session;
        this.directory = directory;
        this.err = err;
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
        boolean lookAgain = writer.clock(drainedToNs, wallOffsetNs);
        if (writer.isPaused() != paused) {
            paused = !paused;
            err.println(
                    paused
                            ? "fintrail: " + whyPaused() + ": recording pauses until that has changed"
                            : "fintrail: recording goes on; " + writer.refused() + " facts found no room");
        }
        onClock.run();
        return lookAgain;
    }

    @Override
    public void gap(Gap gap) {
        lost += gap.lost();
        writer.gap(gap);
    }

    @Override
    public void note(HostNote note) {
        if (!ready && note.kind() == HostNote.Kind.SNAPSHOT) {
            ready = true;
            err.println("fintrail: recording to " + directory + ": " + LiveSession.whatRuns(session)
                    + LiveSession.unseen(note));
        }
        writer.note(note);
    }

    @Override
    public void end(long ktimeNs) {
        writer.end(ktimeNs);
    }

    private String whyPaused() {
        return writer.pauseCause().isEmpty()
                ? "no room on the disk of " + directory
                : directory + " cannot be written (" + Hostile.shown(writer.pauseCause()) + ")";
    }

    void sumUp() {
        err.printf(
                "fintrail: %,d events in %,d KiB, %d lost; fintrail replay %s%n",
                writer.records(), writer.bytes() >> 10, lost + writer.refused(), directory);
    }
}
