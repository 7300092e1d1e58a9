package io.fintrail.view;

import io.fintrail.event.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** From when to when a journal goes, on which host, and what its recorder was asked for: the newest run's word. */
final class CoveredSpan {
    private Session session = new Session(new TreeMap<>());
    private int runs;
    private long fromNs = Long.MAX_VALUE;
    private long toNs;

    void onSession(Session next) {
        if (runs == 0 || !next.run().equals(session.run())) {
            runs++;
        }
        session = next;
        if (next.beganNs() > 0) {
            reached(next.beganNs() + next.wallOffsetNs());
        }
    }

    /** Wall clock, ns since 1970. */
    void reached(long wallNs) {
        fromNs = Math.min(fromNs, wallNs);
        toNs = Math.max(toNs, wallNs);
    }

    Report.Coverage coverage(String journal, long removedBefore) {
        return new Report.Coverage(
                journal,
                text("host"),
                session.kernel(),
                filters(),
                session.stuckAfterNs(),
                Math.min(fromNs, toNs),
                toNs,
                runs,
                removedBefore);
    }

    private String text(String field) {
        return session.fields().getOrDefault(field, "");
    }

    private String filters() {
        List<String> filters = new ArrayList<>();
        if (!text("ports").isEmpty()) {
            filters.add("ports " + text("ports"));
        }
        if (!text("netns").isEmpty() && !text("netns").equals("0")) {
            filters.add("network namespace " + text("netns"));
        }
        if (!text("address").isEmpty()) {
            filters.add("address " + text("address"));
        }
        return String.join(", ", filters);
    }
}
