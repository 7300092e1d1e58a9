package io.fintrail.capture;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What inet_diag answered once, byte for byte, and what becomes of it. */
final class RecordedDump {
    static final int SEQUENCE = 1;
    static final NamespaceLimits LIMITS = new NamespaceLimits(15_000, 0, 15, 1_800_000, 18_750, 9, 30_000);
    static final long NETNS = 4026532875L;
    static final long READ_NS = 77_000_000_000L;
    static final int HZ = 250;

    private static final Path FILE =
            Path.of(System.getProperty("fintrail.home", "."), "java/src/test/resources/diag/dump.hex");

    private RecordedDump() {}

    static List<byte[]> datagrams() {
        try {
            return Files.readAllLines(FILE).stream()
                    .filter(line -> !line.startsWith("#"))
                    .map(HexFormat.of()::parseHex)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ByteBuffer buffer(byte[] datagram) {
        return ByteBuffer.wrap(datagram).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The records of all sockets in it that were not in the midst of a change. */
    static List<TcpEvent> records() {
        List<TcpEvent> records = new ArrayList<>();
        DiagRecord record = new DiagRecord(HZ);
        ByteBuffer to = ByteBuffer.allocate(TcpEventLayout.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        for (byte[] datagram : datagrams()) {
            new DiagReply(SEQUENCE).read(buffer(datagram), datagram.length, socket -> {
                if (record.fill(to, 0, socket, NETNS, READ_NS, LIMITS)) {
                    records.add(new TcpEvent().wrap(to, 0));
                }
            });
        }
        return records;
    }
}
