package io.fintrail.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One record of bpf/tcp_event.h. A flyweight: {@link #wrap} moves it to another record, {@link #copy} makes one that stays;
 * a record that nobody copied costs no allocation, and one that somebody did is copied once. Numbers are read as the
 * record's comment says; sequence numbers are signed ints that are compared by difference ({@link #after}). Not thread-safe.
 */
public final class TcpEvent {
    private static final int SOCKET_DEAD = 1;
    private static final int SOCKET_DONE = 1 << 1;
    private static final int SOCKET_KEEPOPEN = 1 << 3;
    private static final int SOCKET_LINGER = 1 << 4;
    private static final int SHUTDOWN_SEND = 2;
    private static final int COMM_LENGTH = 16;
    private static final int ADDRESS_WORDS = 4;

    /** As {@link #sndWnd}: more than any window, which has 30 bits at most. */
    public static final long UNKNOWN_WINDOW = 0xffff_ffffL;

    private static final int WORDS = TcpEventLayout.SIZE / Integer.BYTES;
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    /**
     * Native words, never written once they are shared with a copy. Each story asks a hundred times: through a ByteBuffer or a
     * VarHandle each costs several times more, under C1 above all.
     */
    private int[] record;

    private boolean shared;

    public TcpEvent() {
        this(new int[WORDS], false);
    }

    private TcpEvent(int[] record, boolean shared) {
        this.record = record;
        this.shared = shared;
    }

    /** Moves this flyweight: takes in the 200 bytes at {@code offset} of {@code buffer}. */
    public TcpEvent wrap(ByteBuffer buffer, int offset) {
        own();
        buffer.slice(offset, TcpEventLayout.SIZE)
                .order(ByteOrder.nativeOrder())
                .asIntBuffer()
                .get(record);
        return this;
    }

    /** The same of a record's native words. */
    public TcpEvent wrap(int[] words) {
        own();
        System.arraycopy(words, 0, record, 0, WORDS);
        return this;
    }

    private void own() {
        if (shared) {
            record = new int[WORDS];
            shared = false;
        }
    }

    /** One that stays as it is when this is moved. */
    public TcpEvent copy() {
        shared = true;
        return new TcpEvent(record, true);
    }

    /** The same segment as its sender sees it: addresses and ports turned round, marked as outgoing. */
    public TcpEvent asOutgoing() {
        int[] turned = record.clone();
        System.arraycopy(
                record, TcpEventLayout.REMOTE_ADDRESS / 4, turned, TcpEventLayout.LOCAL_ADDRESS / 4, ADDRESS_WORDS);
        System.arraycopy(
                record, TcpEventLayout.LOCAL_ADDRESS / 4, turned, TcpEventLayout.REMOTE_ADDRESS / 4, ADDRESS_WORDS);
        setU16(turned, TcpEventLayout.LOCAL_PORT, remotePort());
        setU16(turned, TcpEventLayout.REMOTE_PORT, localPort());
        setU16(turned, TcpEventLayout.FLAGS, u16(TcpEventLayout.FLAGS) | TcpEventLayout.FLAG_OUTGOING);
        return new TcpEvent(turned, true);
    }

    /** The record's bytes, appended to {@code target}. */
    public void copyTo(ByteBuffer target) {
        ByteBuffer at = target.slice().order(ByteOrder.nativeOrder());
        at.asIntBuffer().put(record);
        target.position(target.position() + TcpEventLayout.SIZE);
    }

    private int u8(int field) {
        return (record[field >> 2] >>> shift(field, 1)) & 0xff;
    }

    private int u16(int field) {
        return (record[field >> 2] >>> shift(field, 2)) & 0xffff;
    }

    private static void setU16(int[] record, int field, int value) {
        int shift = shift(field, 2);
        record[field >> 2] = (record[field >> 2] & ~(0xffff << shift)) | (value << shift);
    }

    /** By how many bits a field of one or two bytes stands above the lowest of its word. */
    private static int shift(int field, int width) {
        return (LITTLE_ENDIAN ? field & 3 : 4 - width - (field & 3)) << 3;
    }

    private int u32(int field) {
        return record[field >> 2];
    }

    private long u64(int field) {
        long first = record[field >> 2] & 0xffff_ffffL;
        long second = record[(field >> 2) + 1] & 0xffff_ffffL;
        return LITTLE_ENDIAN ? second << 32 | first : first << 32 | second;
    }

    private long networkU64(int field) {
        return LITTLE_ENDIAN ? Long.reverseBytes(u64(field)) : u64(field);
    }

    /** CLOCK_MONOTONIC, in nanoseconds since boot. */
    public long ktimeNs() {
        return u64(TcpEventLayout.KTIME_NS);
    }

    /** 0: no socket is known for this segment. */
    public long cookie() {
        return u64(TcpEventLayout.COOKIE);
    }

    public long sentBytes() {
        return u64(TcpEventLayout.SENT_BYTES);
    }

    public long receivedBytes() {
        return u64(TcpEventLayout.RECEIVED_BYTES);
    }

    public long netns() {
        return u32(TcpEventLayout.NETNS) & 0xffff_ffffL;
    }

    public TcpEventKind kind() {
        return TcpEventKind.of(u8(TcpEventLayout.KIND));
    }

    /** Of a STATE event; of a time-wait minisock its substate; elsewhere equal to {@link #newState}. */
    public TcpState oldState() {
        return TcpState.of(u8(TcpEventLayout.OLD_STATE));
    }

    public TcpState newState() {
        return TcpState.of(u8(TcpEventLayout.NEW_STATE));
    }

    public boolean is(int flag) {
        return (u16(TcpEventLayout.FLAGS) & flag) != 0;
    }

    /** Sequence numbers, timers and options were read from a TCP socket. */
    public boolean hasSocketFacts() {
        return is(TcpEventLayout.FLAG_FULL_SOCKET);
    }

    /**
     * Read through inet_diag: of sequence numbers only the differences are true ({@link #unsent}, {@link #unacknowledged},
     * what is unread), and what inet_diag does not tell stands as 0.
     */
    public boolean isFromDiag() {
        return is(TcpEventLayout.FLAG_FROM_DIAG);
    }

    /** Its sequence numbers are those of the connection's segments. */
    public boolean hasSequenceNumbers() {
        return hasSocketFacts() && !isFromDiag();
    }

    /** False where inet_diag does not tell the peer's window (before 5.4). */
    public boolean knowsWindow() {
        return sndWnd() != UNKNOWN_WINDOW;
    }

    /** SOCK_DEAD: no process holds the socket. Never set yet at the transition that close() itself makes. */
    public boolean orphaned() {
        return (u32(TcpEventLayout.SOCKET_FLAGS) & SOCKET_DEAD) != 0;
    }

    /** SOCK_DONE: the peer's FIN was accepted (set by tcp_fin() alone). */
    public boolean peerFinAccepted() {
        return (u32(TcpEventLayout.SOCKET_FLAGS) & SOCKET_DONE) != 0;
    }

    /** SO_LINGER with time 0: the application asked for an abort instead of a close. */
    public boolean lingersZero() {
        return (u32(TcpEventLayout.SOCKET_FLAGS) & SOCKET_LINGER) != 0 && u32(TcpEventLayout.LINGER_JIFFIES) == 0;
    }

    public boolean hasSocketFile() {
        return is(TcpEventLayout.FLAG_HAS_SOCKET_FILE);
    }

    public boolean shutForSending() {
        return (shutdown() & SHUTDOWN_SEND) != 0;
    }

    public boolean shutBothWays() {
        return shutdown() == 3;
    }

    /** sk_shutdown: 1 receive, 2 send. */
    public int shutdown() {
        return u8(TcpEventLayout.SHUTDOWN);
    }

    public int writeSeq() {
        return u32(TcpEventLayout.WRITE_SEQ);
    }

    public int sndUna() {
        return u32(TcpEventLayout.SND_UNA);
    }

    public int sndNxt() {
        return u32(TcpEventLayout.SND_NXT);
    }

    public int sndWl1() {
        return u32(TcpEventLayout.SND_WL1);
    }

    public long sndWnd() {
        return u32(TcpEventLayout.SND_WND) & 0xffff_ffffL;
    }

    public int rcvNxt() {
        return u32(TcpEventLayout.RCV_NXT);
    }

    public int copiedSeq() {
        return u32(TcpEventLayout.COPIED_SEQ);
    }

    /** Sequence numbers queued and never sent, a queued FIN included. */
    public int unsent() {
        return writeSeq() - sndNxt();
    }

    /** Sequence numbers sent or queued that the peer has not acknowledged, a queued FIN included. */
    public int unacknowledged() {
        return writeSeq() - sndUna();
    }

    /** Payload bytes the application has not taken; the peer's FIN is not counted. */
    public int unreadBytes() {
        int unread = rcvNxt() - copiedSeq();
        return peerFinAccepted() && unread > 0 ? unread - 1 : Math.max(unread, 0);
    }

    /** Bytes the peer's window still admits beyond what is in flight; at most 0 when it is shut. */
    public long usableWindow() {
        return sndWnd() - (sndNxt() - sndUna());
    }

    /** errno, 0 when none. */
    public int error() {
        return u32(TcpEventLayout.ERROR);
    }

    /** errno from ICMP, 0 when none. */
    public int softError() {
        return u32(TcpEventLayout.SOFT_ERROR);
    }

    public int rtoJiffies() {
        return u32(TcpEventLayout.RTO_JIFFIES);
    }

    public int userTimeoutMs() {
        return u32(TcpEventLayout.USER_TIMEOUT_MS);
    }

    public int finTimeoutJiffies() {
        return u32(TcpEventLayout.FIN_TIMEOUT_JIFFIES);
    }

    /** TCP_LINGER2: 0 unset, negative when the application refuses FIN_WAIT2. */
    public int linger2Jiffies() {
        return u32(TcpEventLayout.LINGER2_JIFFIES);
    }

    /** tgid of the task that ran; an owner only where the kernel's code path runs in process context. */
    public int pid() {
        return u32(TcpEventLayout.PID);
    }

    public int tid() {
        return u32(TcpEventLayout.TID);
    }

    /** The kernel's number; the session names it. */
    public int reason() {
        return u32(TcpEventLayout.REASON);
    }

    /** 0, or the negative errno with which the host refused a retransmission. */
    public int sendError() {
        return u32(TcpEventLayout.SEND_ERROR);
    }

    public int segmentSeq() {
        return u32(TcpEventLayout.SEGMENT_SEQ);
    }

    public int segmentEndSeq() {
        return u32(TcpEventLayout.SEGMENT_END_SEQ);
    }

    public boolean segmentHasFin() {
        return (u8(TcpEventLayout.TCP_FLAGS) & 1) != 0;
    }

    public boolean segmentHasRst() {
        return (u8(TcpEventLayout.TCP_FLAGS) & 4) != 0;
    }

    /** Segments that arrived for the socket so far; 0 where that was not read. */
    public int segmentsReceived() {
        return u32(TcpEventLayout.SEGMENTS_RECEIVED);
    }

    /** 6, or 262 for an MPTCP connection. */
    public int protocol() {
        return u16(TcpEventLayout.PROTOCOL);
    }

    /** 4 or 6. */
    public int family() {
        return u8(TcpEventLayout.FAMILY);
    }

    /** Segments in flight. */
    public int packetsOut() {
        return u32(TcpEventLayout.PACKETS_OUT);
    }

    public int timerPending() {
        return u8(TcpEventLayout.TIMER_PENDING);
    }

    public int retransmits() {
        return u8(TcpEventLayout.RETRANSMITS);
    }

    public int probesOut() {
        return u8(TcpEventLayout.PROBES_OUT);
    }

    public int orphanRetries() {
        return u8(TcpEventLayout.ORPHAN_RETRIES);
    }

    public int retries2() {
        return u8(TcpEventLayout.RETRIES2);
    }

    public int backoff() {
        return u8(TcpEventLayout.BACKOFF);
    }

    /** SO_KEEPALIVE is set. */
    public boolean keepsAlive() {
        return (u32(TcpEventLayout.SOCKET_FLAGS) & SOCKET_KEEPOPEN) != 0;
    }

    /** SO_LINGER with a time: close() waits. */
    public boolean lingersSomeTime() {
        return (u32(TcpEventLayout.SOCKET_FLAGS) & SOCKET_LINGER) != 0 && u32(TcpEventLayout.LINGER_JIFFIES) != 0;
    }

    /** Of a HOLDER: the file descriptor. */
    public int fd() {
        return u32(TcpEventLayout.FD);
    }

    /** Of a HOLDER: the socket's inode, as /proc/PID/fd shows it. */
    public long inode() {
        return u32(TcpEventLayout.INODE) & 0xffff_ffffL;
    }

    /** Of a SOCKET, as the rest of its looks: {@link #timerPending}'s timer, or a minisock's; jiffies from now. */
    public OptionalInt timerInJiffies() {
        return timer(TcpEventLayout.TIMER_IN_JIFFIES);
    }

    /** The timer of keep-alive, which also ends an orphan's FIN_WAIT2; jiffies from now. */
    public OptionalInt keepaliveInJiffies() {
        return timer(TcpEventLayout.KEEPALIVE_IN_JIFFIES);
    }

    private OptionalInt timer(int field) {
        int jiffies = u32(field);
        return jiffies == Integer.MIN_VALUE ? OptionalInt.empty() : OptionalInt.of(jiffies);
    }

    /** Milliseconds since the first repeat by timeout. */
    public OptionalLong retransmittingMs() {
        return age(TcpEventLayout.RETRANSMITTING_MS);
    }

    /** Jiffies since the first zero-window probe. */
    public OptionalLong probingJiffies() {
        return age(TcpEventLayout.PROBING_JIFFIES);
    }

    private OptionalLong age(int field) {
        int age = u32(field);
        return age == -1 ? OptionalLong.empty() : OptionalLong.of(age & 0xffff_ffffL);
    }

    /** Jiffies since payload arrived. */
    public long dataReceivedJiffies() {
        return u32(TcpEventLayout.DATA_RECEIVED_JIFFIES) & 0xffff_ffffL;
    }

    /** Jiffies since any segment with a valid ACK arrived. */
    public long ackReceivedJiffies() {
        return u32(TcpEventLayout.ACK_RECEIVED_JIFFIES) & 0xffff_ffffL;
    }

    /** Jiffies since payload was sent. */
    public long dataSentJiffies() {
        return u32(TcpEventLayout.DATA_SENT_JIFFIES) & 0xffff_ffffL;
    }

    /** 0: the kernel's constant of 120 s. */
    public int rtoMaxJiffies() {
        return u32(TcpEventLayout.RTO_MAX_JIFFIES);
    }

    /** The socket's own, or its namespace's. */
    public int keepaliveTimeJiffies() {
        return u32(TcpEventLayout.KEEPALIVE_TIME_JIFFIES);
    }

    public int keepaliveIntervalJiffies() {
        return u32(TcpEventLayout.KEEPALIVE_INTERVAL_JIFFIES);
    }

    public int keepaliveProbes() {
        return u32(TcpEventLayout.KEEPALIVE_PROBES);
    }

    /** Of a SOCKET in LISTEN, as the next two: connections that nobody has accepted yet. */
    public long acceptQueue() {
        return u32(TcpEventLayout.ACCEPT_QUEUE) & 0xffff_ffffL;
    }

    /** One more than this is let in. */
    public long acceptQueueMost() {
        return u32(TcpEventLayout.ACCEPT_QUEUE_MOST) & 0xffff_ffffL;
    }

    /** Connections it has refused since it listens. */
    public long listenDrops() {
        return u32(TcpEventLayout.LISTEN_DROPS) & 0xffff_ffffL;
    }

    /** Of a LEG: what its thread did. */
    public LegHow legHow() {
        return LegHow.of(u32(TcpEventLayout.LEG_HOW));
    }

    /** Of a LEG: how many sockets it may have been instead of {@link #otherCookie}, that one included. */
    public int legCandidates() {
        return u32(TcpEventLayout.LEG_CANDIDATES);
    }

    /** Of a LEG: the socket that its thread had read from. */
    public long otherCookie() {
        return u64(TcpEventLayout.OTHER_COOKIE);
    }

    public Endpoint local() {
        return endpoint(TcpEventLayout.LOCAL_ADDRESS, TcpEventLayout.LOCAL_PORT);
    }

    public Endpoint remote() {
        return endpoint(TcpEventLayout.REMOTE_ADDRESS, TcpEventLayout.REMOTE_PORT);
    }

    public int localPort() {
        return u16(TcpEventLayout.LOCAL_PORT);
    }

    public int remotePort() {
        return u16(TcpEventLayout.REMOTE_PORT);
    }

    private Endpoint endpoint(int address, int port) {
        return new Endpoint(networkU64(address), networkU64(address + 8), u16(port));
    }

    /** The task's name as the host gave it: hostile text, escaped by whoever shows it. */
    public String comm() {
        return new String(commBytes(), StandardCharsets.UTF_8);
    }

    /** The name's bytes, which need not be text, without the NUL that ends a short one. */
    public byte[] commBytes() {
        byte[] name = new byte[COMM_LENGTH];
        int length = 0;
        while (length < COMM_LENGTH && u8(TcpEventLayout.COMM + length) != 0) {
            name[length] = (byte) u8(TcpEventLayout.COMM + length);
            length++;
        }
        return length == COMM_LENGTH ? name : Arrays.copyOf(name, length);
    }

    /** Any field, by its offset and width (1, 2, 4 or 8 bytes), unsigned where it is narrower than a long. */
    public long field(int offset, int width) {
        return switch (width) {
            case 1 -> u8(offset);
            case 2 -> u16(offset);
            case 4 -> u32(offset) & 0xffff_ffffL;
            default -> u64(offset);
        };
    }

    /** {@code a} comes after {@code b} in TCP's circular numbering. */
    public static boolean after(int a, int b) {
        return a - b > 0;
    }
}
