package io.fintrail.view;

import io.fintrail.event.SocketId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The newest word on each connection. Bounded: what is worth less goes before what is worth more. Single-threaded. */
final class ReportTable {
    static final int MOST = 20_000;

    /** Cookies begin anew with each boot, and a run of the recorder tells its stories anew. */
    record Key(int run, SocketId id) {
        static Key of(ReportRow row) {
            return new Key(row.run(), row.id());
        }

        // By hand: it is a key.
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key
                    && run == key.run
                    && id.cookie() == key.id.cookie()
                    && id.generation() == key.id.generation();
        }

        @Override
        public int hashCode() {
            return 31 * (31 * run + Long.hashCode(id.cookie())) + id.generation();
        }
    }

    private final int most;
    private final Map<Key, ReportRow> rows = new HashMap<>();
    /** By worth; in each the order in which they came. */
    private final List<Map<Key, ReportRow>> byWorth = new ArrayList<>();

    ReportTable() {
        this(MOST);
    }

    ReportTable(int most) {
        this.most = most;
        for (int worth = 0; worth <= 3; worth++) {
            byWorth.add(new LinkedHashMap<>());
        }
    }

    /** What became of a row: whether it is kept, and which one went for it. */
    record Put(boolean isKept, @Nullable Key gone) {}

    Put put(ReportRow row) {
        Key key = Key.of(row);
        ReportRow before = rows.put(key, row);
        if (before != null) {
            byWorth.get(before.worth()).remove(key);
        }
        byWorth.get(row.worth()).put(key, row);
        if (rows.size() <= most) {
            return new Put(true, null);
        }
        Key gone = leastWorth(key, row.worth());
        ReportRow left = rows.remove(gone);
        if (left != null) {
            byWorth.get(left.worth()).remove(gone);
        }
        return gone.equals(key) ? new Put(false, null) : new Put(true, gone);
    }

    /** The first of those that are worth less, or the new one itself. */
    private Key leastWorth(Key key, int worth) {
        for (Map<Key, ReportRow> rowsOfWorth : byWorth.subList(0, worth)) {
            Iterator<Key> first = rowsOfWorth.keySet().iterator();
            if (first.hasNext()) {
                return first.next();
            }
        }
        return key;
    }

    @Nullable
    ReportRow get(Key key) {
        return rows.get(key);
    }

    Set<Key> keys() {
        return rows.keySet();
    }

    /** What is worth most first, and of that the oldest. */
    List<ReportRow> all() {
        List<ReportRow> all = new ArrayList<>();
        for (int worth = byWorth.size() - 1; worth >= 0; worth--) {
            List<ReportRow> alike = new ArrayList<>(byWorth.get(worth).values());
            alike.sort(java.util.Comparator.comparingLong(ReportRow::sinceNs)
                    .thenComparingLong(row -> row.id().cookie()));
            all.addAll(alike);
        }
        return all;
    }
}
