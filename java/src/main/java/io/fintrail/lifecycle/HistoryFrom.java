package io.fintrail.lifecycle;

/** From where on the story is known. */
public enum HistoryFrom {
    BIRTH,
    FIRST_EVENT
}
