package io.fintrail.event;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a recording says of itself, first: who recorded, on which kernel, with which filters and programs, and how
 * the kernel names its reasons. Kept as plain fields (name to text) so that a journal and a trail carry the same. What it
 * was asked for it remembers: one for each thread.
 */
public final class Session {
    /** Number of the journal's format; raised when a reader of today could misread it. */
    public static final int FORMAT = 2;

    /**
     * Name of the thread that takes snapshots, in any fintrail. While it looks at a descriptor it keeps the socket alive
     * (fget_task_next, 5.11), and a close() that comes then is carried out by it: it owns none of what it closes.
     */
    public static final String LOOKING_THREAD = "fintrail-look";

    private static final int USUAL_HZ = 250;

    private static final String DROP_REASON = "drop.";
    private static final String RESET_REASON = "reset.";

    private final SortedMap<String, String> fields;

    // Asked for with each event, so read once; a number only when it is asked for, for it may be none.
    private final boolean namesReceivingSocket;
    private final boolean isAudit;
    private final boolean hasSocketCookies;
    private final boolean showsResetsByMinisocks;
    private final boolean looksByDiag;
    private final List<String> programs;
    private final Map<Integer, String> dropReasons = new HashMap<>();
    private final Map<Integer, String> resetReasons = new HashMap<>();
    private int hz;
    private @Nullable Long stuckAfterNs;

    public Session(SortedMap<String, String> fields) {
        this.fields = new TreeMap<>(fields);
        namesReceivingSocket = !"false".equals(fields.get("receiving-socket"));
        isAudit = "true".equals(fields.get("audit"));
        hasSocketCookies = !"false".equals(fields.get("socket-cookies"));
        showsResetsByMinisocks = namesReceivingSocket || "true".equals(fields.get("resets-by-minisocks"));
        looksByDiag = LOOKS_BY_DIAG.equals(fields.get("looks"));
        String attached = fields.getOrDefault("programs", "");
        programs = attached.isEmpty() ? List.of() : List.of(attached.split(","));
    }

    public SortedMap<String, String> fields() {
        return new TreeMap<>(fields);
    }

    /** This session with one field set anew; a SESSION document is repeated with other values at each start. */
    public Session with(String name, String value) {
        TreeMap<String, String> changed = new TreeMap<>(fields);
        changed.put(name, value);
        return new Session(changed);
    }

    public int format() {
        return Integer.parseInt(fields.getOrDefault("format", "0"));
    }

    public String fingerprint() {
        return fields.getOrDefault("layout", "");
    }

    public String boot() {
        return fields.getOrDefault("boot", "");
    }

    /** Names one run of the recorder; the same in each SESSION document that it writes. */
    public String run() {
        return fields.getOrDefault("run", "");
    }

    public String kernel() {
        return fields.getOrDefault("kernel", "");
    }

    /** Jiffies per second of that kernel. */
    public int hz() {
        if (hz == 0) {
            int said = Integer.parseInt(fields.getOrDefault("hz", Integer.toString(USUAL_HZ)));
            if (said < 1 || said > 10_000) {
                throw new IllegalArgumentException("the session says " + said + " jiffies a second");
            }
            hz = said;
        }
        return hz;
    }

    /** Nanoseconds that a jiffy takes. */
    public long jiffyNs() {
        return 1_000_000_000L / hz();
    }

    /** Wall clock minus ktime, nanoseconds. */
    public long wallOffsetNs() {
        return Long.parseLong(fields.getOrDefault("wall-offset-ns", "0"));
    }

    /** It tells of broken closes alone, and counts the others. */
    public boolean isAudit() {
        return isAudit;
    }

    /** Ktime of its beginning, nanoseconds; 0 where it does not say. */
    public long beganNs() {
        return Long.parseLong(fields.getOrDefault("began-ns", "0"));
    }

    public long stuckAfterNs() {
        if (stuckAfterNs == null) {
            stuckAfterNs = Long.valueOf(fields.getOrDefault("stuck-after-ns", "5000000000"));
        }
        return stuckAfterNs;
    }

    /** Tracepoints that were attached. */
    public List<String> programs() {
        return programs;
    }

    /** Its kernel has no BTF: the programs were compiled on it, and tell less. */
    public boolean isCompiledHere() {
        return "bcc".equals(fields.get("loader"));
    }

    /** False where sockets are named by their addresses in the kernel, which others have after them. */
    public boolean hasSocketCookies() {
        return hasSocketCookies;
    }

    /** False only where the session says that this fact cannot be seen on its kernel. */
    public boolean sees(String tracepoint) {
        return !fields.containsKey("programs") || programs.contains(tracepoint);
    }

    /** False only where the session says that this kernel does not tell who holds a socket. */
    public boolean findsHolders() {
        return !fields.containsKey("looks") || fields.getOrDefault("looks", "").contains("holders");
    }

    /** As the field {@code looks} says it of a host without socket iterators. */
    public static final String LOOKS_BY_DIAG = "sockets by inet_diag,holders by /proc";

    /** Snapshots come from inet_diag and /proc, which tell less ({@link TcpEvent#isFromDiag}). */
    public boolean looksByDiag() {
        return looksByDiag;
    }

    /** The kernel names the socket that a freed segment was for (6.11). */
    public boolean namesReceivingSocket() {
        return namesReceivingSocket;
    }

    /** A reset that a time-wait minisock sends is traced (6.10): data after a close is seen. */
    public boolean showsResetsByMinisocks() {
        return showsResetsByMinisocks;
    }

    /** The kernel's name for why, for the kinds of event that have a reason; else empty. */
    public String reason(TcpEvent event) {
        return switch (event.kind()) {
            case SEGMENT_FREED -> reason(DROP_REASON, dropReasons, event);
            case RESET_SENT -> reason(RESET_REASON, resetReasons, event);
            default -> "";
        };
    }

    /** Name of a reason without its prefix, or its number where the kernel gave no name. */
    private String reason(String table, Map<Integer, String> known, TcpEvent event) {
        if (event.is(TcpEventLayout.FLAG_NO_REASON)) {
            return "";
        }
        String name = known.get(event.reason());
        if (name == null) {
            String number = Integer.toUnsignedString(event.reason());
            name = fields.getOrDefault(table + number, number);
            known.put(event.reason(), name);
        }
        return name;
    }

    /** Field name under which a reason's name stands; {@code table} is {@code drop} or {@code reset}. */
    public static String reasonField(String table, int number) {
        return table + "." + Integer.toUnsignedString(number);
    }
}
