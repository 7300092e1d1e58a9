package io.fintrail.capture;

import io.fintrail.capture.libbpf.MonotonicClock;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.BooleanSupplier;

/**
 * A look at all sockets where the kernel has no iterators for it: by {@link SocketDiag}, namespace by namespace, then at
 * their holders by {@link ProcHolders}. The rows are those of bpf/snapshot.bpf.h, as far as inet_diag tells. Of the looking
 * thread; one look after the other.
 */
final class DiagLook {
    private static final int ESTABLISHED = 1;
    private static final int FIN_WAIT2 = 5;
    private static final int CLOSE_WAIT = 8;
    private static final int LISTEN = 10;
    private static final int EPERM = 1;
    private static final Path MPTCP = Path.of("/proc/sys/net/mptcp"); // 5.6
    private static final int KEEPOPEN = 1 << 3;

    /** Bits by state; those above CLOSING would add sockets that are bound and nothing else (6.8). */
    private static final int ALL = 0xffe & ~(1 << 7);

    /** What closes, listens, or may only seem open. The 5 stands for minisocks that wait for a FIN, too. */
    private static final int NOT_AT_EASE = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11;

    /** How often an interrupted dump is begun again. */
    private static final int REPEATS = 1;

    private final MonotonicClock clock = new MonotonicClock();
    private final int hz = clock.hz();
    private final SocketDiag diag = new SocketDiag(clock);
    private final DiagRecord record = new DiagRecord(hz);
    private final RowFilter filter;
    private final long stuckAfterJiffies;
    private final RowHandover handover;
    private final BooleanSupplier drained;
    private final Map<Long, byte[]> held = new HashMap<>();
    private boolean everything;
    private long begunNs;
    private long rows;
    private long interrupted;

    /**
     * @param stuckAfterNs from then on the threads of a CLOSE_WAIT's holder are worth a look
     * @param drained whether somebody takes what is put into {@code handover}
     */
    DiagLook(CaptureFilter filter, long stuckAfterNs, RowHandover handover, BooleanSupplier drained) {
        this.filter = new RowFilter(filter);
        this.stuckAfterJiffies = stuckAfterNs / (1_000_000_000L / hz);
        this.handover = handover;
        this.drained = drained;
    }

    /**
     * @throws DiagException if this kernel has no inet_diag for TCP, or would not tell us all of it: tcp_diag_get_aux() says
     *     to CAP_NET_ADMIN alone that a socket is a path of an MPTCP connection, and without that it looks like an orphan
     */
    static void check() {
        if (Files.exists(MPTCP) && !HostFacts.mayAdministerNetworks()) {
            throw new DiagException(
                    "inet_diag does not say which sockets belong to MPTCP: run as root, or with CAP_NET_ADMIN", EPERM);
        }
        new SocketDiag(new MonotonicClock()).dump(SocketDiag.AF_INET, 1 << LISTEN, (socket, readNs) -> {});
    }

    void begin(boolean everything) {
        this.everything = everything;
        held.clear();
        rows = 0;
        interrupted = 0;
        handover.begin();
        begunNs = clock.nowNs();
    }

    /**
     * At the sockets of the namespace that the thread is in.
     *
     * @throws DiagException if they could not be read; rows of them may have been given nevertheless
     */
    void lookInto(long netns) {
        NamespaceLimits limits = NamespaceLimits.read(hz);
        for (int family : new int[] {SocketDiag.AF_INET, SocketDiag.AF_INET6}) {
            boolean complete = false;
            for (int turn = 0; turn <= REPEATS && !complete; turn++) {
                long dumpBegunNs = clock.nowNs();
                RowPages pages = new RowPages();
                complete = diag.dump(
                        family,
                        everything ? ALL : NOT_AT_EASE,
                        (told, readNs) -> add(pages, told, netns, readNs, limits));
                if (complete || turn == REPEATS) {
                    hand(pages, dumpBegunNs);
                }
                interrupted += complete ? 0 : 1;
            }
        }
    }

    private void add(RowPages pages, DiagSocket told, long netns, long readNs, NamespaceLimits limits) {
        ByteBuffer page = pages.page();
        int at = page.position();
        boolean isListener = told.state() == LISTEN;
        boolean wanted = record.fill(page, at, told, netns, readNs, limits)
                && filter.admits(page, at, isListener)
                && (everything || isListener || !isAtEase(page, at));
        if (!wanted) {
            return;
        }
        page.putLong(at + TcpEventLayout.COOKIE, told.cookie());
        if (told.inode() != 0 && !isListener && told.state() != 2 && !isAtEase(page, at)) {
            byte[] row = new byte[TcpEventLayout.SIZE];
            page.get(at, row);
            held.put(told.inode(), row);
        }
        pages.keep();
    }

    private void hand(RowPages pages, long dumpBegunNs) {
        rows += pages.rows();
        long readNs = clock.nowNs();
        for (ByteBuffer page : pages.finished()) {
            handover.put(page, dumpBegunNs, readNs, drained);
        }
    }

    /** As is_at_ease() of bpf/snapshot.bpf.h says it: open, without a hole, and heard of or asked after. */
    private boolean isAtEase(ByteBuffer page, int at) {
        int state = page.get(at + TcpEventLayout.NEW_STATE);
        if (state == 2 || state == 3 || state == 12) {
            return true;
        }
        if (state == 6) {
            return page.get(at + TcpEventLayout.OLD_STATE) != FIN_WAIT2;
        }
        boolean hasHole = (page.getShort(at + TcpEventLayout.FLAGS) & TcpEventLayout.FLAG_OUT_OF_ORDER) != 0;
        return state == ESTABLISHED && !hasHole && !isSilent(page, at);
    }

    private static boolean isSilent(ByteBuffer page, int at) {
        long patience = page.getInt(at + TcpEventLayout.KEEPALIVE_TIME_JIFFIES);
        return (page.getInt(at + TcpEventLayout.SOCKET_FLAGS) & KEEPOPEN) == 0
                && patience > 0
                && age(page, at + TcpEventLayout.ACK_RECEIVED_JIFFIES) >= patience
                && age(page, at + TcpEventLayout.DATA_RECEIVED_JIFFIES) >= patience
                && age(page, at + TcpEventLayout.DATA_SENT_JIFFIES) >= patience;
    }

    private static long age(ByteBuffer page, int at) {
        return page.getInt(at) & 0xffff_ffffL;
    }

    /** Told of the processes that hold what was found. */
    interface Holding {
        /** @param leavesOpen it holds a socket whose peer closed long ago */
        void by(int pid, boolean leavesOpen);
    }

    /**
     * Who holds what the look has found; call it once, after all namespaces.
     *
     * @throws DiagException without /proc
     */
    void lookAtHolders(Holding holding) {
        if (held.isEmpty()) {
            return;
        }
        RowPages pages = new RowPages();
        try {
            ProcHolders.find(held::containsKey, (pid, comm, fd, inode) -> {
                byte[] row = held.get(inode);
                if (row != null) {
                    addHolder(pages, row, pid, comm, fd, (int) inode);
                    holding.by(
                            pid,
                            waitsInCloseWait(
                                    ByteBuffer.wrap(row).order(pages.page().order())));
                }
            });
        } catch (IOException e) {
            throw new DiagException("/proc cannot be read: " + e.getMessage(), 0);
        }
        hand(pages, begunNs);
    }

    private void addHolder(RowPages pages, byte[] row, int pid, byte[] comm, int fd, int inode) {
        ByteBuffer page = pages.page();
        int at = page.position();
        page.put(at, row);
        page.putLong(at + TcpEventLayout.KTIME_NS, clock.nowNs());
        page.put(at + TcpEventLayout.KIND, (byte) TcpEventLayout.KIND_HOLDER);
        page.put(at + TcpEventLayout.PID, new byte[TcpEventLayout.FLAGS - TcpEventLayout.PID]);
        page.putInt(at + TcpEventLayout.PID, pid);
        page.putInt(at + TcpEventLayout.TID, pid);
        page.putInt(at + TcpEventLayout.FD, fd);
        page.putInt(at + TcpEventLayout.INODE, inode);
        page.put(at + TcpEventLayout.COMM, comm, 0, Math.min(comm.length, 15));
        pages.keep();
    }

    private boolean waitsInCloseWait(ByteBuffer row) {
        return row.get(TcpEventLayout.NEW_STATE) == CLOSE_WAIT
                && age(row, TcpEventLayout.ACK_RECEIVED_JIFFIES) >= stuckAfterJiffies;
    }

    /** Adds to what the SNAPSHOT says; the look is over. */
    void end(SortedMap<String, String> seen) {
        handover.end();
        if (interrupted > 0) {
            seen.put("interrupted", Long.toString(interrupted));
        }
    }

    long rows() {
        return rows;
    }
}
