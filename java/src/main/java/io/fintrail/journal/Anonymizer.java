package io.fintrail.journal;

import io.fintrail.event.Endpoint;
import io.fintrail.event.Gap;
import io.fintrail.event.HostNote;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TraceSink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Passes a recording on for the eyes of others: addresses and whatever the host chose the name of are replaced, the same
 * by the same. Numbers stay, and so do the words of the kernel and of fintrail. Of sessions and notes only what is known
 * to be harmless passes: a field that nobody thought of here is left out, and so is one whose value is not of its kind.
 * Not thread-safe.
 */
public final class Anonymizer implements TraceSink {
    /** {@code name=value}, whole. The names of reasons are the kernel's. */
    private static final Pattern SESSION_PASSES = Pattern.compile(
            "(format|hz|wall-offset-ns|began-ns|stuck-after-ns|netns)=-?\\d{1,20}|layout=[0-9a-f]{1,64}|ports=[0-9,]*"
                    + "|programs=[a-z0-9_,]*|looks=[a-z_,/ ]*|loader=[a-z]*|(receiving-socket|resets-by-minisocks|socket-cookies|audit)=(true|false)|(drop|reset)\\.\\d{1,10}=[A-Z0-9_]*");

    private static final Map<HostNote.Kind, Pattern> NOTE_PASSES = Map.of(
            HostNote.Kind.SNAPSHOT,
            Pattern.compile(
                    "(from|to|unseen|rows)=\\d{1,20}|namespaces=[0-9,]*|(everything|filtered|holders)=(true|false)"),
            HostNote.Kind.PROCESS,
            Pattern.compile("pid=\\d{1,20}"),
            HostNote.Kind.THREADS,
            Pattern.compile("(pid|threads|looked|ran|span)=\\d{1,20}|states=([A-Za-z?]:\\d{1,10},?){0,64}"
                    + "|waits=([A-Za-z_][\\w.-]*:\\d{1,10},?){0,64}"),
            HostNote.Kind.NAMESPACE,
            Pattern.compile("(netns|conntrack_close_wait)=\\d{1,20}"),
            HostNote.Kind.DESCRIPTORS,
            Pattern.compile("(pid|open|most)=\\d{1,20}"),
            HostNote.Kind.HAPROXY,
            Pattern.compile("(pid|connections|maxconn)=\\d{1,20}"),
            HostNote.Kind.CLOSES,
            Pattern.compile("(CLEAN_[A-Z_]+|retransmits|half-closed)=([A-Za-z0-9_/:>]{1,40}=\\d{1,20} ?)*"
                    + "|(stories|unplaced|places|age-seconds)=\\d{1,20}|ages=[0-9,]{1,200}"));

    /** A release begins with the version; what follows the numbers may be the name of whoever built it. */
    private static final Pattern VERSION = Pattern.compile("\\d+([.-]\\d+)*");

    private static final Set<String> CAUSES = Set.of(
            "ring full",
            "recursion miss",
            JournalWriter.NO_ROOM,
            JournalReader.REMOVED,
            "several",
            Gap.TOO_MANY_STORIES,
            Gap.TOO_MANY_STRAYS,
            Gap.END_MISSED);

    private final TraceSink next;
    private final AddressAliases addresses = new AddressAliases();
    private final Aliases processes = new Aliases("process");
    private final Aliases hosts = new Aliases("host");
    private final Aliases boots = new Aliases("boot");
    private final Aliases runs = new Aliases("run");
    private final Aliases causes = new Aliases("cause");
    private final Map<String, Aliases> ofProcess = Map.of(
            "executable", new Aliases("executable"),
            "unit", new Aliases("unit"),
            "container", new Aliases("c"), // a view shows twelve characters
            "pod", new Aliases("pod"));
    private final ByteBuffer record = ByteBuffer.allocate(TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
    private final TcpEvent passed = new TcpEvent();

    public Anonymizer(TraceSink next) {
        this.next = next;
    }

    @Override
    public void onSession(Session session) {
        SortedMap<String, String> given = session.fields();
        SortedMap<String, String> fields = passing(given, SESSION_PASSES);
        replace(given, "host", hosts, fields);
        replace(given, "boot", boots, fields);
        replace(given, "run", runs, fields);
        Matcher version = VERSION.matcher(session.kernel());
        if (version.lookingAt()) {
            fields.put("kernel", version.group());
        }
        next.onSession(new Session(fields));
    }

    @Override
    public void onEvent(TcpEvent event, long index) {
        record.clear();
        event.copyTo(record);
        putAddress(addresses.of(event.local()), TcpEventLayout.LOCAL_ADDRESS);
        putAddress(addresses.of(event.remote()), TcpEventLayout.REMOTE_ADDRESS);
        if (event.kind() != TcpEventKind.SOCKET) { // has timers in that place
            putComm(event.commBytes());
        }
        next.onEvent(passed.wrap(record, 0), index);
    }

    @Override
    public void onClock(long drainedToNs, long wallOffsetNs) {
        next.onClock(drainedToNs, wallOffsetNs);
    }

    @Override
    public void onGap(Gap gap) {
        String cause = CAUSES.contains(gap.cause()) ? gap.cause() : causes.of(gap.cause());
        next.onGap(new Gap(gap.fromNs(), gap.toNs(), gap.lost(), gap.kind(), cause));
    }

    @Override
    public void onNote(HostNote note) {
        Pattern passes = NOTE_PASSES.get(note.kind());
        SortedMap<String, String> fields = passes == null ? new TreeMap<>() : passing(note.fields(), passes);
        if (note.kind() == HostNote.Kind.PROCESS) {
            ofProcess.forEach((name, aliases) -> replace(note.fields(), name, aliases, fields));
        }
        next.onNote(new HostNote(note.ktimeNs(), note.kind(), fields));
    }

    @Override
    public void onEnd(long ktimeNs) {
        next.onEnd(ktimeNs);
    }

    private static SortedMap<String, String> passing(SortedMap<String, String> given, Pattern passes) {
        SortedMap<String, String> fields = new TreeMap<>(given);
        fields.entrySet()
                .removeIf(field ->
                        !passes.matcher(field.getKey() + "=" + field.getValue()).matches());
        return fields;
    }

    private static void replace(
            SortedMap<String, String> given, String name, Aliases aliases, SortedMap<String, String> fields) {
        String value = given.get(name);
        if (value != null) {
            fields.put(name, aliases.of(value));
        }
    }

    private void putAddress(Endpoint endpoint, int at) {
        record.put(
                at,
                ByteBuffer.allocate(16)
                        .putLong(endpoint.high())
                        .putLong(endpoint.low())
                        .array());
    }

    /** Bytes that need be no text are told apart as what they are. */
    private void putComm(byte[] comm) {
        String name = new String(comm, StandardCharsets.ISO_8859_1);
        String alias = name.equals(Session.LOOKING_THREAD) ? name : processes.of(name);
        byte[] bytes = new byte[16];
        System.arraycopy(alias.getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, alias.length());
        record.put(TcpEventLayout.COMM, bytes);
    }
}
