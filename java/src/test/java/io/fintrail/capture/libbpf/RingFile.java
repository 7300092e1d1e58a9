package io.fintrail.capture.libbpf;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file laid out as the kernel lays out a ring: who writes it plays the kernel. */
public final class RingFile implements AutoCloseable {
    public static final int HEADER = 8;

    private static final int PAGE = MappedRing.PAGE;
    private static final int O_RDWR = 2;
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final FileChannel file;
    private final int bytes;
    private final ByteBuffer kernel;
    private final MappedRing ring;
    private long appended;

    public RingFile(Path path, int bytes) throws IOException {
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        file.write(ByteBuffer.allocate(1), 3L * PAGE + bytes - 1);
        this.bytes = bytes;
        kernel = file.map(FileChannel.MapMode.READ_WRITE, 0, 3L * PAGE + bytes).order(ByteOrder.nativeOrder());
        ring = MappedRing.of(LibC.open(path.toString(), O_RDWR), bytes);
    }

    public MappedRing ring() {
        return ring;
    }

    /** A record's header at {@code at}: its length and the two bits. */
    public void header(int at, int header) throws IOException {
        file.write(number(Integer.BYTES).putInt(header).flip(), 2L * PAGE + at);
    }

    public void putLong(int at, long value) throws IOException {
        file.write(number(Long.BYTES).putLong(value).flip(), 2L * PAGE + at);
    }

    public void produced(long position) throws IOException {
        file.write(number(Long.BYTES).putLong(position).flip(), PAGE);
    }

    public long consumed() throws IOException {
        ByteBuffer position = number(Long.BYTES);
        file.read(position, 0);
        return position.getLong(0);
    }

    /**
     * A whole record behind the last, by way of memory and without an object, not yet {@link #publish}ed. One that the end
     * of the ring cuts goes on in the page behind it, where the kernel shows its beginning again.
     */
    public void append(ByteBuffer from, int at, int length) {
        if (appended + HEADER + length - (long) LONG.getAcquire(kernel, 0) > bytes) {
            throw new IllegalStateException("the ring is full");
        }
        int to = 2 * PAGE + (int) (appended & (bytes - 1));
        kernel.putInt(to, length);
        kernel.put(to + HEADER, from, at, length);
        appended += (HEADER + length + 7) & ~7;
    }

    /** The position behind the last record that was appended. */
    public long appended() {
        return appended;
    }

    /** As {@link #produced}, by way of memory. */
    public void publish(long position) {
        LONG.setRelease(kernel, PAGE, position);
    }

    private static ByteBuffer number(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() throws IOException {
        ring.close();
        file.close();
    }
}
