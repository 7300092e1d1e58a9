package io.fintrail.cli;

import java.util.logging.LogManager;

/**
 * As the JDK's, whose own shutdown hook takes the handlers away while ours still has the last lines to tell: that a signal
 * ended an audit, and what was lost. Named by the property {@value #PROPERTY}, so it is public.
 */
public final class LastingLogManager extends LogManager {
    static final String PROPERTY = "java.util.logging.manager";

    private volatile boolean lasts;

    /** From here on nobody is taken away. */
    void last() {
        lasts = true;
    }

    @Override
    public void reset() {
        if (!lasts) {
            super.reset();
        }
    }
}
