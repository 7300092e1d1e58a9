package io.fintrail.view;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.RetransmitCause;
import java.util.Objects;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** One line of a story to be: repeats that say the same are one. Times are ktime in nanoseconds. */
sealed interface LogEntry {
    long firstNs();

    long lastNs();

    /** Both as one, where {@code next} says no more than this; else null. */
    @Nullable
    LogEntry with(LogEntry next);

    /** An event, or data that was sent again and again for the same cause. */
    record Fact(Evidence evidence, long lastNs, long count) implements LogEntry {
        static Fact of(Evidence evidence) {
            return new Fact(evidence, evidence.atNs(), 1);
        }

        @Override
        public long firstNs() {
            return evidence.atNs();
        }

        @Override
        public @Nullable LogEntry with(LogEntry next) {
            return next instanceof Fact fact && repeats(fact.evidence.event())
                    ? new Fact(evidence, fact.lastNs, count + fact.count)
                    : null;
        }

        /** Each try of a FIN stands for itself. */
        private boolean repeats(TcpEvent next) {
            TcpEvent event = evidence.event();
            return event.kind() == TcpEventKind.RETRANSMIT
                    && next.kind() == TcpEventKind.RETRANSMIT
                    && !event.segmentHasFin()
                    && !next.segmentHasFin()
                    && event.sendError() == next.sendError()
                    && RetransmitCause.of(event) == RetransmitCause.of(next);
        }
    }

    /** Looks in a row that saw the same; {@code row} is the newest, null where only holders were seen. */
    record Looks(
            long firstNs,
            long lastNs,
            long count,
            @Nullable TcpEvent row,
            @Nullable LookFacts facts,
            SortedSet<String> holders)
            implements LogEntry {
        @Override
        public @Nullable LogEntry with(LogEntry next) {
            if (!(next instanceof Looks looks)) {
                return null;
            }
            // A look without its row, or without holders, was none at that.
            boolean sameRow = row == null || looks.row == null || Objects.equals(facts, looks.facts);
            boolean sameHolders = holders.isEmpty() || looks.holders.isEmpty() || holders.equals(looks.holders);
            if (!sameRow || !sameHolders) {
                return null;
            }
            return new Looks(
                    firstNs,
                    looks.lastNs,
                    count + looks.count,
                    looks.row == null ? row : looks.row,
                    looks.row == null ? facts : looks.facts,
                    looks.holders.isEmpty() ? holders : looks.holders);
        }
    }

    /** Events that were counted and not kept. */
    record Omitted(long firstNs, long count) implements LogEntry {
        @Override
        public long lastNs() {
            return firstNs;
        }

        @Override
        public @Nullable LogEntry with(LogEntry next) {
            return null;
        }
    }
}
