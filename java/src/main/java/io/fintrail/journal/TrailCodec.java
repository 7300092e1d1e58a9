package io.fintrail.journal;

import io.fintrail.event.Endpoint;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One event as one line of a trail and back:
 *
 * <pre>
 * 12.000345678 STATE #7 socket=47 from=ESTABLISHED to=FIN_WAIT1 local=10.0.0.1:80 remote=10.0.0.9:4711 shutdown=2 …
 * </pre>
 *
 * What a socket's event before said already is left out, so writer and reader both remember the last record of each
 * socket until its DESTROY: its addresses, and the numbers of the last event that read the full socket.
 */
final class TrailCodec {
    private static final int NEW_SOCKET_FLAGS = TcpEventLayout.FLAG_FULL_SOCKET | TcpEventLayout.FLAG_HAS_SOCKET_FILE;
    private static final int SEGMENT_FLAGS = TcpEventLayout.FLAG_HAS_SEGMENT
            | TcpEventLayout.FLAG_OUTGOING
            | TcpEventLayout.FLAG_TUPLE_FROM_SEGMENT
            | TcpEventLayout.FLAG_NO_REASON
            | TcpEventLayout.FLAG_TASK_EXITING
            | TcpEventLayout.FLAG_KERNEL_THREAD
            | TcpEventLayout.FLAG_OUT_OF_ORDER
            | TcpEventLayout.FLAG_OUT_OF_ORDER_FIN
            | TcpEventLayout.FLAG_TIME_WAIT
            | TcpEventLayout.FLAG_TIME_WAIT_FULL;

    /** What a look at a socket puts where an event has its task and its segment. */
    private static final int TAIL = TcpEventLayout.PID;

    private static final int TAIL_BYTES = TcpEventLayout.COMM + 16 - TAIL;

    private final Map<Long, ByteBuffer> fullRecords = new HashMap<>();

    private static ByteBuffer emptyRecord() {
        return ByteBuffer.allocate(TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
    }

    /** What a line without that field means. */
    private ByteBuffer base(long cookie, boolean full, TcpEventKind kind, TcpState state) {
        ByteBuffer known = fullRecords.get(cookie);
        ByteBuffer base = emptyRecord();
        base.putShort(TcpEventLayout.PROTOCOL, (short) 6);
        if (known != null && full) {
            base.put(0, known, 0, TcpEventLayout.SIZE);
        } else if (known != null) {
            base.putInt(TcpEventLayout.NETNS, known.getInt(TcpEventLayout.NETNS));
            base.putInt(TcpEventLayout.LOCAL_PORT, known.getInt(TcpEventLayout.LOCAL_PORT)); // both ports
            base.put(TcpEventLayout.FAMILY, known.get(TcpEventLayout.FAMILY));
            base.put(TcpEventLayout.LOCAL_ADDRESS, known, TcpEventLayout.LOCAL_ADDRESS, 32); // both addresses
        }
        base.put(TcpEventLayout.TCP_FLAGS, (byte) 0);
        base.putInt(TcpEventLayout.REASON, 0);
        base.putInt(TcpEventLayout.SEND_ERROR, 0);
        for (TrailField field : TrailField.of(kind, state)) {
            if (!field.sticky()) {
                put(base, field, field.usual());
            }
        }
        return base;
    }

    /** Flags of a line that names none: a full socket's own, and for a freed segment just that it is one. */
    private int baseFlags(TcpEventKind kind, long cookie) {
        if (kind == TcpEventKind.SEGMENT_FREED) {
            return TcpEventLayout.FLAG_HAS_SEGMENT;
        }
        ByteBuffer known = fullRecords.get(cookie);
        return known == null ? NEW_SOCKET_FLAGS : known.getShort(TcpEventLayout.FLAGS) & 0xffff & ~SEGMENT_FLAGS;
    }

    private void remember(ByteBuffer record, TcpEvent event) {
        if (event.cookie() == 0) {
            return;
        }
        if (event.kind() == TcpEventKind.DESTROY) {
            fullRecords.remove(event.cookie());
        } else if (event.hasSocketFacts()) {
            ByteBuffer kept = record;
            if (event.kind() == TcpEventKind.SOCKET) {
                kept = emptyRecord().put(0, record, 0, TcpEventLayout.SIZE).put(TAIL, new byte[TAIL_BYTES]);
            }
            fullRecords.put(event.cookie(), kept);
        }
    }

    String format(TcpEvent event, long index, Session session) {
        StringBuilder line = new StringBuilder(200);
        TcpEventKind kind = event.kind();
        line.append(TrailText.seconds(event.ktimeNs()))
                .append(' ')
                .append(kind)
                .append(" #")
                .append(index);
        add(line, "socket", Long.toUnsignedString(event.cookie()));
        ByteBuffer base = base(event.cookie(), event.hasSocketFacts(), kind, event.newState());
        TcpEvent before = new TcpEvent().wrap(base, 0);
        if (kind == TcpEventKind.STATE) {
            add(line, "from", event.oldState().name());
            add(line, "to", event.newState().name());
        } else if (event.newState() != TcpState.NONE) {
            add(line, "state", event.newState().name());
            if (event.oldState() != event.newState()) {
                add(line, "substate", event.oldState().name());
            }
        }
        int flags = (int) event.field(TcpEventLayout.FLAGS, 2);
        if (flags != baseFlags(kind, event.cookie())) {
            add(line, "flags", TrailBits.FLAGS.format(flags));
        }
        if (!event.local().equals(before.local())) {
            add(line, "local", event.local().toString());
        }
        if (!event.remote().equals(before.remote())) {
            add(line, "remote", event.remote().toString());
        }
        addReason(line, event, session);
        addBits(line, "segment", TrailBits.SEGMENT, event, before, TcpEventLayout.TCP_FLAGS, 1);
        addBits(line, "sk", TrailBits.SOCKET, event, before, TcpEventLayout.SOCKET_FLAGS, 4);
        for (TrailField field : TrailField.of(kind, event.newState())) {
            long value = event.field(field.offset(), field.width());
            if (value != before.field(field.offset(), field.width())) {
                add(line, field.name(), field.signed() ? Integer.toString((int) value) : Long.toUnsignedString(value));
            }
        }
        if (kind != TcpEventKind.SOCKET && !Arrays.equals(event.commBytes(), before.commBytes())) {
            add(line, "comm", TrailText.escape(event.commBytes()));
        }
        ByteBuffer record = emptyRecord();
        event.copyTo(record);
        remember(record, event);
        return line.toString();
    }

    private static void addReason(StringBuilder line, TcpEvent event, Session session) {
        String reason = session.reason(event);
        if (!reason.isEmpty()) {
            add(line, "reason", reason);
        }
    }

    private static void addBits(
            StringBuilder line, String name, TrailBits bits, TcpEvent event, TcpEvent before, int offset, int width) {
        long value = event.field(offset, width);
        if (value != before.field(offset, width)) {
            add(line, name, bits.format((int) value));
        }
    }

    private static void add(StringBuilder line, String name, String value) {
        line.append(' ').append(name).append('=').append(value);
    }

    /**
     * @param reasons the number of a reason by {@code drop.NAME} or {@code reset.NAME}
     * @throws IllegalArgumentException saying what is wrong with the line
     */
    TcpEvent parse(long ktimeNs, TcpEventKind kind, Map<String, String> given, Map<String, Integer> reasons) {
        Map<String, String> left = new LinkedHashMap<>(given);
        long cookie = Long.parseUnsignedLong(take(left, "socket", "0"));
        String flagNames = left.remove("flags");
        int flags = flagNames == null ? baseFlags(kind, cookie) : TrailBits.FLAGS.parse(flagNames);
        boolean full = (flags & TcpEventLayout.FLAG_FULL_SOCKET) != 0;
        TcpState state = TcpState.valueOf(given.getOrDefault(kind == TcpEventKind.STATE ? "to" : "state", "NONE"));
        ByteBuffer record = base(cookie, full, kind, state);
        record.putLong(TcpEventLayout.KTIME_NS, ktimeNs);
        record.putLong(TcpEventLayout.COOKIE, cookie);
        record.put(TcpEventLayout.KIND, (byte) kind.number());
        record.putShort(TcpEventLayout.FLAGS, (short) flags);
        putStates(record, kind, left);
        putEndpoint(record, left.remove("local"), TcpEventLayout.LOCAL_ADDRESS, TcpEventLayout.LOCAL_PORT);
        putEndpoint(record, left.remove("remote"), TcpEventLayout.REMOTE_ADDRESS, TcpEventLayout.REMOTE_PORT);
        String reason = left.remove("reason");
        if (reason != null) {
            record.putInt(TcpEventLayout.REASON, reasonNumber(kind, reason, reasons));
        }
        String segment = left.remove("segment");
        if (segment != null) {
            record.put(TcpEventLayout.TCP_FLAGS, (byte) TrailBits.SEGMENT.parse(segment));
        }
        String socket = left.remove("sk");
        if (socket != null) {
            record.putInt(TcpEventLayout.SOCKET_FLAGS, TrailBits.SOCKET.parse(socket));
        }
        for (TrailField field : TrailField.of(kind, state)) {
            String value = left.remove(field.name());
            if (value != null) {
                put(record, field, field.signed() ? Long.parseLong(value) : Long.parseUnsignedLong(value));
            }
        }
        if (kind != TcpEventKind.SOCKET) {
            putComm(record, left.remove("comm"));
        }
        if (!left.isEmpty()) {
            throw new IllegalArgumentException(
                    "no field is called '" + left.keySet().iterator().next() + "'");
        }
        TcpEvent event = new TcpEvent().wrap(record, 0);
        remember(record, event);
        return event;
    }

    private static String take(Map<String, String> fields, String name, String otherwise) {
        String value = fields.remove(name);
        return value == null ? otherwise : value;
    }

    private static void putStates(ByteBuffer record, TcpEventKind kind, Map<String, String> left) {
        String state = take(left, kind == TcpEventKind.STATE ? "to" : "state", "NONE");
        String before = take(left, kind == TcpEventKind.STATE ? "from" : "substate", state);
        record.put(TcpEventLayout.NEW_STATE, (byte) TcpState.valueOf(state).number());
        record.put(TcpEventLayout.OLD_STATE, (byte) TcpState.valueOf(before).number());
    }

    private static void putEndpoint(ByteBuffer record, @Nullable String text, int address, int port) {
        if (text == null) {
            return;
        }
        Endpoint endpoint = Endpoint.parse(text);
        byte[] bytes = ByteBuffer.allocate(16)
                .putLong(endpoint.high())
                .putLong(endpoint.low())
                .array();
        record.put(address, bytes);
        record.putShort(port, (short) endpoint.port());
        record.put(TcpEventLayout.FAMILY, (byte) (endpoint.isIpv4() ? 4 : 6));
    }

    private static int reasonNumber(TcpEventKind kind, String name, Map<String, Integer> reasons) {
        String table = kind == TcpEventKind.RESET_SENT ? "reset." : "drop.";
        Integer number = reasons.get(table + name);
        if (number != null) {
            return number;
        }
        if (name.matches("\\d+")) {
            return Integer.parseUnsignedInt(name);
        }
        throw new IllegalArgumentException("the session names no reason '" + name + "'");
    }

    private static void putComm(ByteBuffer record, @Nullable String comm) {
        if (comm == null) {
            return;
        }
        byte[] bytes = new byte[16];
        byte[] name = TrailText.unescapeBytes(comm);
        System.arraycopy(name, 0, bytes, 0, Math.min(name.length, 16));
        record.put(TcpEventLayout.COMM, bytes);
    }

    private static void put(ByteBuffer record, TrailField field, long value) {
        switch (field.width()) {
            case 1 -> record.put(field.offset(), (byte) value);
            case 2 -> record.putShort(field.offset(), (short) value);
            case 4 -> record.putInt(field.offset(), (int) value);
            default -> record.putLong(field.offset(), value);
        }
    }
}
