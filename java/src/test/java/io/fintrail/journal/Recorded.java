package io.fintrail.journal;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TraceSink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keeps what a journal says, one line each; and makes records to write. */
final class Recorded implements TraceSink {
    final List<String> lines = new ArrayList<>();
    final List<Session> sessions = new ArrayList<>();
    final List<TcpEvent> events = new ArrayList<>();
    final List<Gap> gaps = new ArrayList<>();

    static Session session(String... namesAndValues) {
        TreeMap<String, String> fields = new TreeMap<>(
                Map.of("format", Integer.toString(Session.FORMAT), "layout", TcpEventLayout.FINGERPRINT, "hz", "250"));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new Session(fields);
    }

    /** DESTROY records, one for each ktime. */
    static ByteBuffer batch(long... ktimesNs) {
        ByteBuffer records =
                ByteBuffer.allocateDirect(ktimesNs.length * TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
        for (int i = 0; i < ktimesNs.length; i++) {
            int at = i * TcpEventLayout.SIZE;
            records.putLong(at + TcpEventLayout.KTIME_NS, ktimesNs[i]);
            records.putLong(at + TcpEventLayout.COOKIE, -1L - i);
            records.put(at + TcpEventLayout.KIND, (byte) TcpEventKind.DESTROY.number());
            records.put(at + TcpEventLayout.COMM + 15, (byte) 'x');
        }
        return records;
    }

    @Override
    public void onSession(Session session) {
        sessions.add(session);
        lines.add("session " + session.fields());
    }

    @Override
    public void onEvent(TcpEvent event, long index) {
        events.add(event.copy());
        lines.add("event " + index + " " + event.kind() + " " + event.ktimeNs() + " " + event.cookie());
    }

    @Override
    public void onNote(HostNote note) {
        lines.add("note " + note);
    }

    @Override
    public void onClock(long drainedToNs, long wallOffsetNs) {
        lines.add("clock " + drainedToNs + " " + wallOffsetNs);
    }

    @Override
    public void onGap(Gap gap) {
        gaps.add(gap);
        lines.add(gap.toString());
    }

    @Override
    public void onEnd(long ktimeNs) {
        lines.add("end " + ktimeNs);
    }
}
