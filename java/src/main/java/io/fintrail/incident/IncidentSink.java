package io.fintrail.incident;

import io.fintrail.event.SocketId;
import org.jspecify.annotations.Nullable;

/** Who is told of incidents. */
public interface IncidentSink {
    /** Which connections belong to an incident that is open. */
    interface Members {
        String NOT_KNOWN_YET = "";

        /**
         * Its {@link Incident#id}; {@link #NOT_KNOWN_YET} while a look is awaited that will tell of what incident it is; null
         * if of none. Good until the next sorting.
         */
        @Nullable
        String incidentOf(SocketId connection);
    }

    /** One opened, grew, shrank, was learned more of, or closed. */
    void onIncident(Incident incident);

    /** All verdicts until {@code atNs} (ktime) have been sorted, and what that led to was told. */
    default void onSorted(long atNs, Members members) {}
}
