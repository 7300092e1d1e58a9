package io.fintrail.journal;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TraceSink;
import java.io.PrintWriter;
import java.util.TreeMap;

/** A journal as a trail: plain text, one line for each thing the journal says. Not thread-safe. */
public final class TrailWriter implements TraceSink {
    static final String HEADER = "# fintrail trail 1";

    private final PrintWriter out;
    private final TrailCodec codec = new TrailCodec();
    private Session session = new Session(new TreeMap<>());

    public TrailWriter(PrintWriter out) {
        this.out = out;
        out.println(HEADER);
    }

    @Override
    public void onSession(Session session) {
        this.session = session;
        out.println("0 SESSION " + TrailText.words(session.fields()));
    }

    @Override
    public void onEvent(TcpEvent event, long index) {
        out.println(codec.format(event, index, session));
    }

    @Override
    public void onClock(long drainedToNs, long wallOffsetNs) {
        out.println(TrailText.seconds(drainedToNs) + " CLOCK wall=" + wallOffsetNs);
    }

    @Override
    public void onGap(Gap gap) {
        out.println(TrailText.seconds(gap.fromNs()) + " GAP to=" + TrailText.seconds(gap.toNs()) + " lost=" + gap.lost()
                + " kind=" + gap.kind() + " cause=" + TrailText.escape(gap.cause()));
    }

    @Override
    public void onNote(HostNote note) {
        out.println(TrailText.seconds(note.ktimeNs()) + " " + note.kind() + " " + TrailText.words(note.fields()));
    }

    @Override
    public void onEnd(long ktimeNs) {
        out.println(TrailText.seconds(ktimeNs) + " END");
    }
}
