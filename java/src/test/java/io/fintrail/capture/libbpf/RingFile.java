package io.fintrail.capture.libbpf;

import java.io.IOException;
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

    private final FileChannel file;
    private final MappedRing ring;

    public RingFile(Path path, int bytes) throws IOException {
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        file.write(ByteBuffer.allocate(1), 3L * PAGE + bytes - 1);
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

    private static ByteBuffer number(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() throws IOException {
        ring.close();
        file.close();
    }
}
