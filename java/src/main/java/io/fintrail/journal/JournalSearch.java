package io.fintrail.journal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds a moment in a journal by halving: first among its roll files, then among the documents of one. */
final class JournalSearch {
    /** Among so many there is a CLOCK. */
    private static final int LAST_FEW = 1000;

    private final Path directory;
    private final JournalCursor cursor;

    JournalSearch(Path directory, JournalCursor cursor) {
        this.directory = directory;
        this.cursor = cursor;
    }

    /** Where a section begins, and the time of a document in it. */
    private record Place(int section, long wallNs) {}

    /** Moves the cursor to the last section that begins at or before {@code wallNs}; to the first, if none does. */
    void moveBefore(long wallNs) {
        int cycle = fileWith(wallNs);
        cursor.moveTo(cycle, 0);
        int number = lastBefore(cursor.documents(), wallNs, i -> placeAfter(cycle, i));
        Place place = placeAfter(cycle, number);
        int section = place == null || place.wallNs() > wallNs ? 0 : place.section();
        if (!cursor.moveTo(cycle, section)) {
            throw cursor.damaged("document " + section + " cannot be found", null);
        }
    }

    /** The first file in which that moment is; between two, the later. The wall clock may have been set back between them. */
    private int fileWith(long wallNs) {
        List<Integer> files = new ArrayList<>(RollFiles.list(directory).keySet());
        long[] beginsNs = new long[files.size()];
        for (int i = 0; i < beginsNs.length; i++) {
            Place first = placeAfter(files.get(i), 0);
            beginsNs[i] = first == null ? Long.MAX_VALUE : first.wallNs();
        }
        int last = files.size() - 1;
        for (int i = 0; i < last; i++) {
            boolean setBack = beginsNs[i + 1] < beginsNs[i];
            long endNs = setBack ? endNs(files.get(i)) : beginsNs[i + 1];
            if (wallNs < beginsNs[i] || wallNs < endNs) {
                return files.get(i);
            }
        }
        return files.get(last);
    }

    private long endNs(int cycle) {
        cursor.moveTo(cycle, 0);
        for (int i = cursor.documents() - 1; i > 0; i--) {
            Place place = placeAfter(cycle, i);
            if (place != null) {
                return place.wallNs();
            }
        }
        return 0;
    }

    /** The time of the first document that has one. */
    long firstWallNs() {
        Map.Entry<Integer, Path> first = RollFiles.list(directory).firstEntry();
        Place place = first == null ? null : placeAfter(first.getKey(), 0);
        return place == null ? 0 : place.wallNs();
    }

    /** The time of the last document that has one. */
    long lastWallNs() {
        int cycle = RollFiles.list(directory).lastKey();
        cursor.moveTo(cycle, 0);
        cursor.moveTo(cycle, Math.max(0, cursor.documents() - LAST_FEW));
        long last = 0;
        for (ByteBuffer document = cursor.next(); document != null; document = cursor.next()) {
            last = hasTime(document) ? wallNs(document) : last;
        }
        return last;
    }

    private static boolean hasTime(ByteBuffer document) {
        return document.get(0) == Document.SECTION || document.get(0) == Document.CLOCK;
    }

    private static long wallNs(ByteBuffer document) {
        return document.getLong(Document.HEADER_BYTES) + document.getLong(Document.HEADER_BYTES + 8);
    }

    private interface Times {
        @Nullable
        Place at(int i);
    }

    /** The last of {@code count} whose time is not after {@code wallNs}; the first, if all are. */
    private static int lastBefore(int count, long wallNs, Times times) {
        int low = 0;
        int high = count;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            Place place = times.at(middle);
            if (place != null && place.wallNs() <= wallNs) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The time of the first document from there on that has one. */
    private @Nullable Place placeAfter(int cycle, int number) {
        if (!cursor.moveTo(cycle, number)) {
            return null;
        }
        while (true) {
            int at = cursor.number();
            ByteBuffer document = cursor.next();
            if (document == null || cursor.cycle() != cycle) {
                return null;
            }
            if (hasTime(document)) {
                boolean begins = document.get(0) == Document.SECTION;
                int sinceSession = begins ? 1 : document.getInt(Document.HEADER_BYTES + 16);
                return new Place(at - sinceSession, wallNs(document));
            }
        }
    }
}
