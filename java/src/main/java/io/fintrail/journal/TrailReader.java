package io.fintrail.journal;

import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TraceSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * A trail to what it says. Written by hand, a trail may leave out the SESSION line (then: 1000 jiffies a second, the
 * reasons' usual names) and event numbers. '#' at the start of a word begins a comment, but for event numbers.
 */
public final class TrailReader {
    private static final String[] USUAL_DROPS = {
        "NOT_SPECIFIED",
        "NO_SOCKET",
        "NETFILTER_DROP",
        "TCP_CSUM",
        "TCP_OLD_DATA",
        "TCP_OLD_SEQUENCE",
        "QUEUE_PURGE",
        "SOCKET_CLOSE",
        "TCP_ABORT_ON_DATA",
        "TCP_RFC7323_PAWS",
        "TCP_INVALID_SEQUENCE",
        "PROTO_MEM",
        "IP_RPFILTER",
        "IP_OUTNOROUTES",
        "TCP_ZEROWINDOW",
        "SOCKET_BACKLOG",
        "TCP_OVERWINDOW",
        "TCP_FLAGS"
    };
    private static final String[] USUAL_RESETS = {
        "NOT_SPECIFIED", "NO_SOCKET", "TCP_ABORT_ON_DATA", "TCP_TIMEWAIT_SOCKET", "TCP_ABORT_ON_CLOSE",
        "TCP_ABORT_ON_LINGER", "TCP_ABORT_ON_MEMORY", "TCP_STATE", "TCP_KEEPALIVE_TIMEOUT", "TCP_DISCONNECT_WITH_DATA",
        "TCP_FLAGS"
    };

    private final TraceSink sink;
    private final TrailCodec codec = new TrailCodec();
    private final Map<String, Integer> reasons = new HashMap<>();
    private boolean sessionGiven;
    private long lastIndex;

    private TrailReader(TraceSink sink) {
        this.sink = sink;
    }

    /**
     * Reads all of it.
     *
     * @throws DamagedJournalException naming the line that cannot be read
     */
    public static void read(BufferedReader in, TraceSink sink) throws IOException {
        read(in, sink, () -> false);
    }

    /**
     * Reads all of it, or until {@code enough}.
     *
     * @throws DamagedJournalException naming the line that cannot be read
     */
    public static void read(BufferedReader in, TraceSink sink, BooleanSupplier enough) throws IOException {
        TrailReader reader = new TrailReader(sink);
        String line;
        long number = 0;
        while (!enough.getAsBoolean() && (line = in.readLine()) != null) {
            number++;
            if (number == 1 && line.startsWith("# fintrail trail ") && !line.equals(TrailWriter.HEADER)) {
                throw new DamagedJournalException("this trail says '" + line + "', and this fintrail reads '"
                        + TrailWriter.HEADER + "': use the fintrail that wrote it");
            }
            try {
                reader.readLine(line);
            } catch (IllegalArgumentException e) {
                throw new DamagedJournalException("line " + number + " of the trail: " + e.getMessage(), e);
            }
        }
        if (number == 0) {
            throw new DamagedJournalException("this trail is empty");
        }
    }

    private void readLine(String line) {
        String[] words = line.strip().split("\\s+");
        if (words[0].isEmpty() || words[0].startsWith("#")) {
            return;
        }
        if (words.length < 2) {
            throw new IllegalArgumentException("a line is TIME KIND #n key=value …");
        }
        long ktimeNs = TrailText.nanoseconds(words[0]);
        long index = lastIndex + 1;
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 2; i < words.length; i++) {
            if (words[i].matches("#\\d+")) {
                index = Long.parseLong(words[i].substring(1));
            } else if (words[i].startsWith("#")) {
                break;
            } else {
                addField(fields, words[i]);
            }
        }
        if (!sessionGiven && !words[1].equals("SESSION")) {
            onSession(usualSession());
        }
        dispatch(ktimeNs, words[1], index, fields);
    }

    private static void addField(Map<String, String> fields, String word) {
        int equals = word.indexOf('=');
        if (equals < 1) {
            throw new IllegalArgumentException("'" + word + "' is no key=value");
        }
        fields.put(word.substring(0, equals), word.substring(equals + 1));
    }

    private void dispatch(long ktimeNs, String kind, long index, Map<String, String> fields) {
        switch (kind) {
            case "SESSION" -> onSession(fields);
            case "CLOCK" -> sink.onClock(ktimeNs, Long.parseLong(fields.getOrDefault("wall", "0")));
            case "GAP" -> sink.onGap(gap(ktimeNs, fields));
            case "END" -> sink.onEnd(ktimeNs);
            case "SNAPSHOT", "PROCESS", "THREADS", "NAMESPACE", "DESCRIPTORS", "HAPROXY" ->
                sink.onNote(note(ktimeNs, HostNote.Kind.valueOf(kind), fields));
            default -> {
                TcpEvent event = codec.parse(ktimeNs, TcpEventKind.valueOf(kind), fields, reasons);
                lastIndex = index;
                sink.onEvent(event, index);
            }
        }
    }

    private static Gap gap(long fromNs, Map<String, String> fields) {
        return new Gap(
                fromNs,
                TrailText.nanoseconds(fields.getOrDefault("to", TrailText.seconds(fromNs))),
                Long.parseLong(fields.getOrDefault("lost", "1")),
                TcpEventKind.valueOf(fields.getOrDefault("kind", "UNKNOWN")),
                TrailText.unescape(fields.getOrDefault("cause", "")));
    }

    private static HostNote note(long ktimeNs, HostNote.Kind kind, Map<String, String> escaped) {
        return new HostNote(ktimeNs, kind, unescaped(escaped));
    }

    private static SortedMap<String, String> unescaped(Map<String, String> escaped) {
        SortedMap<String, String> fields = new TreeMap<>();
        escaped.forEach((name, value) -> fields.put(name, TrailText.unescape(value)));
        return fields;
    }

    private void onSession(Map<String, String> escaped) {
        sessionGiven = true;
        SortedMap<String, String> fields = unescaped(escaped);
        Session session = new Session(fields);
        session.hz(); // refuses nonsense here, where the line is known
        fields.forEach((name, value) -> {
            int dot = name.indexOf('.');
            if (name.startsWith("drop.") || name.startsWith("reset.")) {
                reasons.put(name.substring(0, dot + 1) + value, Integer.parseUnsignedInt(name.substring(dot + 1)));
            }
        });
        sink.onSession(session);
    }

    private static Map<String, String> usualSession() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("hz", "1000");
        for (int i = 0; i < USUAL_DROPS.length; i++) {
            fields.put(Session.reasonField("drop", i + 2), USUAL_DROPS[i]);
        }
        for (int i = 0; i < USUAL_RESETS.length; i++) {
            fields.put(Session.reasonField("reset", i), USUAL_RESETS[i]);
        }
        return fields;
    }
}
