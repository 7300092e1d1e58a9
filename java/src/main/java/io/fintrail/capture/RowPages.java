package io.fintrail.capture;

import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Records one after the other, in as many buffers as they need. One thread. */
final class RowPages {
    private static final int MOST_ROWS = 1024;

    private final List<ByteBuffer> pages = new ArrayList<>();
    private int rows;

    /** The buffer that the next record goes into, at its position. */
    ByteBuffer page() {
        ByteBuffer last = pages.isEmpty() ? null : pages.get(pages.size() - 1);
        if (last == null || !last.hasRemaining()) {
            last = ByteBuffer.allocate(MOST_ROWS * TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
            pages.add(last);
        }
        return last;
    }

    /** What was written at the position of {@link #page} stays. */
    void keep() {
        ByteBuffer page = page();
        page.position(page.position() + TcpEventLayout.SIZE);
        rows++;
    }

    int rows() {
        return rows;
    }

    /** All of them, ready to be read; this is used no more. */
    List<ByteBuffer> finished() {
        pages.forEach(ByteBuffer::flip);
        pages.removeIf(page -> !page.hasRemaining());
        return pages;
    }
}
