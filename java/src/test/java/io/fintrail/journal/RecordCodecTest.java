package io.fintrail.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecordCodecTest {
    private static final int RECORDS = 50_000;

    private final Random random = new Random(47);

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** Any bytes, or those of an older record with a few words changed. */
    private byte[] record(List<byte[]> before) {
        byte[] record = new byte[TcpEventLayout.SIZE];
        if (before.isEmpty() || random.nextInt(10) == 0) {
            random.nextBytes(record);
            return record;
        }
        System.arraycopy(before.get(random.nextInt(before.size())), 0, record, 0, record.length);
        for (int i = random.nextInt(12); i >= 0; i--) {
            record[random.nextInt(record.length)] = (byte) random.nextInt();
        }
        return record;
    }

    @Test
    void unpacksWhatItPackedAcrossSections() {
        RecordEncoder encoder = new RecordEncoder();
        RecordDecoder decoder = new RecordDecoder();
        List<byte[]> some = new ArrayList<>();
        ByteBuffer source = buffer(TcpEventLayout.SIZE);
        ByteBuffer packed = buffer(400);
        ByteBuffer unpacked = buffer(TcpEventLayout.SIZE);
        TcpEvent event = new TcpEvent();
        for (int i = 0; i < RECORDS; i++) {
            if (random.nextInt(1000) == 0) {
                encoder.beginSection();
                decoder.beginSection();
            }
            byte[] record = record(some);
            if (some.size() < 200) {
                some.add(record);
            }
            source.put(0, record);
            encoder.put(source, 0);
            encoder.drainTo(packed.clear());
            decoder.read(packed.flip());
            decoder.next(event);
            event.copyTo(unpacked.clear());
            assertThat(decoder.hasNext()).isFalse();
            assertThat(unpacked.flip()).isEqualTo(source.clear());
        }
    }

    @Test
    void doesNotRepeatWhatASocketHasSaidBefore() {
        RecordEncoder encoder = new RecordEncoder();
        ByteBuffer source = buffer(TcpEventLayout.SIZE);
        byte[] record = new byte[TcpEventLayout.SIZE];
        random.nextBytes(record);
        source.put(0, record);
        encoder.put(source, 0);
        int first = encoder.bytes();
        source.putLong(TcpEventLayout.KTIME_NS, source.getLong(TcpEventLayout.KTIME_NS) ^ 0xff00);

        encoder.put(source, 0);

        assertThat(encoder.bytes() - first).isEqualTo(4 + 4 + 4);
    }
}
