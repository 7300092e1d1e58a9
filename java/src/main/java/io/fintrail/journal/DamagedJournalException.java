package io.fintrail.journal;

import org.jspecify.annotations.Nullable;

/** The journal or trail cannot be read, or was written for another layout; the message says where and what helps. */
public final class DamagedJournalException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DamagedJournalException(String message) {
        super(message);
    }

    public DamagedJournalException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
