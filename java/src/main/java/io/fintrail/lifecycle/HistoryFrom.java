package io.fintrail.lifecycle;

/** From where on the story is known. */
public enum HistoryFrom {
    BIRTH,
    /** The socket was older than the tracing. */
    SNAPSHOT,
    FIRST_EVENT;

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
