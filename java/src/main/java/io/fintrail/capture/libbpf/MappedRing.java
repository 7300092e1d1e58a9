package io.fintrail.capture.libbpf;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One BPF ring buffer, read straight from its mapping; no call into libbpf for a record. One reader thread.
 *
 * <pre>
 * page 0        consumer position (ours, written)
 * page 1        producer position (the kernel's)
 * page 2 ..     data, and its first page again behind it, so that a record never wraps:
 *               u32 length | bit 31 still being written | bit 30 discarded,  u32 reserved,  bytes, padded to 8
 * </pre>
 */
public final class MappedRing implements AutoCloseable {
    /** Bytes of a page of memory: the kernel lays rings out in these. */
    public static final int PAGE = (int) LibC.sysconf(LibC.SC_PAGESIZE);

    private static final int RINGBUF = 27;
    private static final int BUSY = 1 << 31;
    private static final int DISCARDED = 1 << 30;
    private static final int HEADER = 8;
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final int fd;
    private final int mask;
    private final long dataBytes;
    private final Pointer consumerPage;
    private final Pointer producerPages;
    private final ByteBuffer consumer;
    private final ByteBuffer producer;
    private final ByteBuffer data;
    private long position;
    private long passed;
    private long published;
    private long limit;
    private int recordAt = -1;
    private boolean stoppedAtBusy;
    private boolean closed;

    private MappedRing(int fd, int bytes, Pointer consumerPage, Pointer producerPages) {
        this.fd = fd;
        this.mask = bytes - 1;
        this.dataBytes = (long) bytes + PAGE;
        this.consumerPage = consumerPage;
        this.producerPages = producerPages;
        consumer = consumerPage.getByteBuffer(0, PAGE).order(ByteOrder.nativeOrder());
        producer = producerPages.getByteBuffer(0, PAGE).order(ByteOrder.nativeOrder());
        data = producerPages.getByteBuffer(PAGE, dataBytes).order(ByteOrder.nativeOrder());
    }

    /** @param wanted bytes: a power of two; a page where that is larger. No record is larger than the ring */
    public static MappedRing create(String name, int wanted) {
        int bytes = Math.max(wanted, PAGE);
        int fd = LibBpf.bpf_map_create(RINGBUF, name, 0, 0, bytes, Pointer.NULL);
        if (fd < 0) {
            throw new BpfException("the kernel makes no ring of " + bytes + " bytes", -fd, "");
        }
        return of(fd, bytes);
    }

    /**
     * @param fd a ring's, owned from here on
     * @param bytes its size
     */
    public static MappedRing of(int fd, int bytes) {
        Pointer consumerPage = map(fd, PAGE, LibC.PROT_READ | LibC.PROT_WRITE, 0);
        Pointer producerPages = map(fd, 2L * PAGE + bytes, LibC.PROT_READ, PAGE);
        return new MappedRing(fd, bytes, consumerPage, producerPages);
    }

    private static Pointer map(int fd, long length, int protection, long offset) {
        Pointer address = LibC.mmap(Pointer.NULL, length, protection, LibC.MAP_SHARED, fd, offset);
        if (Pointer.nativeValue(address) == -1) {
            int errno = Native.getLastError();
            LibC.close(fd);
            throw new BpfException("cannot map a ring buffer", errno, "");
        }
        return address;
    }

    public int fd() {
        return fd;
    }

    /** Fixes how far {@link #next} goes: to what had been written by now. */
    public void begin() {
        requireOpen();
        limit = (long) LONG.getAcquire(producer, 0);
        stoppedAtBusy = false;
    }

    /** Moves to the next record; false at the limit, or at a record that is still being written. */
    public boolean next() {
        while (position < limit) {
            passed = position;
            int at = (int) (position & mask);
            int header = (int) INT.getAcquire(data, at);
            if ((header & BUSY) != 0) {
                stoppedAtBusy = true;
                recordAt = -1;
                return false;
            }
            int length = header & ~(BUSY | DISCARDED);
            position += (HEADER + length + 7) & ~7;
            if ((header & DISCARDED) == 0) {
                recordAt = at + HEADER;
                return true;
            }
        }
        passed = position;
        recordAt = -1;
        return false;
    }

    /** Offset of the present record in {@link #data}; -1 when there is none. */
    public int recordAt() {
        return recordAt;
    }

    /** The bytes of all records; valid until {@link #publish} for those that were passed. */
    public ByteBuffer data() {
        return data;
    }

    /** More than half of it waits to be drained; from any thread while the ring is open. */
    public boolean isHalfFull() {
        return (long) LONG.getAcquire(producer, 0) - (long) LONG.getAcquire(consumer, 0) > (mask + 1L) / 2;
    }

    /** Something older than what the next drain brings may still be on its way. */
    public boolean stoppedAtBusy() {
        return stoppedAtBusy;
    }

    /** Gives the space of the passed records back to the kernel, not that of the present one. */
    public void publish() {
        requireOpen();
        if (passed != published) {
            LONG.setRelease(consumer, 0, passed);
            published = passed;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the ring is unmapped");
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        LibC.munmap(consumerPage, PAGE);
        LibC.munmap(producerPages, PAGE + dataBytes);
        LibC.close(fd);
    }
}
