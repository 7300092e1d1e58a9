package io.fintrail.capture;

import io.fintrail.capture.libbpf.RingFile;
import io.fintrail.event.RecordSink;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Rings on files, one for each of so many processors, which are drained as {@link Tracer#run} drains the kernel's. */
public final class FiledRings implements AutoCloseable {
    private final RingFile[] files;
    private final RingMerger merger;

    /** @param bytes of each ring: a power of two, at least a page */
    public FiledRings(Path folder, int count, int bytes) throws IOException {
        files = new RingFile[count];
        for (int i = 0; i < count; i++) {
            files[i] = new RingFile(folder.resolve("ring" + i), bytes);
        }
        merger = new RingMerger(Stream.of(files).map(RingFile::ring).toList());
    }

    /** Copies the record that is at that place; nobody sees it before its ring is {@link #publish}ed. */
    public void append(int ring, ByteBuffer from, int at) {
        files[ring].append(from, at, TcpEventLayout.SIZE);
    }

    /** Up to where {@link #append} has come in that ring. */
    public long appended(int ring) {
        return files[ring].appended();
    }

    /** What was appended before that is now the reader's. */
    public void publish(int ring, long appended) {
        files[ring].publish(appended);
    }

    /** One turn of the drain: batch by batch, each ring's space given back behind it, then the CLOCK. */
    public void drain(RecordSink sink, long drainedToNs) {
        merger.begin();
        for (ByteBuffer batch = merger.nextBatch(); batch.hasRemaining(); batch = merger.nextBatch()) {
            sink.batch(batch);
        }
        if (!merger.finish()) {
            throw new IllegalStateException("no record is being written");
        }
        sink.clock(drainedToNs, 0);
    }

    @Override
    public void close() throws IOException {
        for (RingFile file : files) {
            file.close();
        }
    }
}
