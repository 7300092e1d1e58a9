package io.fintrail.event;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What capture read of the host beside its sockets, as plain fields: a verdict rests on the journal alone. Values are
 * the host's own text where they name something, hence hostile.
 */
public record HostNote(long ktimeNs, Kind kind, SortedMap<String, String> fields) {
    /** What it is about; the numbers stand in journals. */
    public enum Kind {
        /**
         * A look at all sockets is complete, its rows are before this: {@code from}, {@code to} (ktime, ns),
         * {@code everything}, {@code namespaces} (inode numbers), {@code unseen} (namespaces that could not be entered),
         * {@code filtered} (there are others that were not looked for), {@code holders} (whether those were looked at),
         * {@code rows}. Of one through inet_diag also {@code moved} (rows left out because events of the same socket came
         * meanwhile) and {@code interrupted} (dumps that the kernel says may have gaps).
         */
        SNAPSHOT(1),
        /** A process that holds a socket: {@code pid}, {@code executable}, {@code unit}, {@code container}, {@code pod}. */
        PROCESS(2),
        /**
         * Two looks at the threads of a process: {@code pid}, {@code threads}, {@code looked}, {@code ran}, {@code span}
         * (ns), {@code states} and {@code waits} ({@code name:count,…}).
         */
        THREADS(3),
        /** A network namespace: {@code netns}, and {@code conntrack_close_wait} (s) where it tracks connections. */
        NAMESPACE(4),
        /** The descriptors of a process that holds what closes: {@code pid}, {@code open}, {@code most} (RLIMIT_NOFILE). */
        DESCRIPTORS(5),
        /**
         * What haproxy says on its stats socket: {@code socket}, {@code pid}, {@code connections}, {@code maxconn},
         * {@code servers} ({@code backend/server=address=sessions …}); or {@code why} it does not.
         */
        HAPROXY(6),
        /**
         * What an audit has counted in the kernel since it began, as far as it has changed: for each clean verdict
         * {@code service=count …} (services are {@code :80} for clients of ours, {@code >80} for what we connect to,
         * {@code other}); {@code retransmits} ({@code TLP=n …}), {@code stories}, {@code unplaced}, {@code places}; and as of
         * its newest look {@code half-closed} ({@code FIN_WAIT2/held=n …}), {@code ages} (eight counts), {@code age-seconds}.
         */
        CLOSES(7);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        public int number() {
            return number;
        }

        /** @throws IllegalArgumentException if there is none */
        public static Kind of(int number) {
            for (Kind kind : values()) {
                if (kind.number == number) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("no note has the number " + number);
        }
    }

    public HostNote {
        fields = Collections.unmodifiableSortedMap(new TreeMap<>(fields));
    }

    /** Empty where the note does not say. */
    public String text(String field) {
        return fields.getOrDefault(field, "");
    }

    /** @throws IllegalArgumentException if the field is no whole number */
    public long number(String field) {
        return Long.parseLong(fields.getOrDefault(field, "0"));
    }

    public boolean says(String field) {
        return "true".equals(fields.get(field));
    }
}
