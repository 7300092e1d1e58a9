package io.fintrail.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A signal (SIGINT, SIGTERM) asks for an orderly end, and waits until {@link #close} says that it was one. */
final class SignalHook implements AutoCloseable {
    private static final int PATIENCE_S = 20;

    private final CountDownLatch over = new CountDownLatch(1);

    /** @param stop called on another thread; what it asks for has to lead to {@link #close} */
    SignalHook(Runnable stop) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            if (over.getCount() > 0) {
                                stop.run();
                                endInOrder();
                            }
                        },
                        "stop"));
    }

    /** The signal's own exit code would be 128 and more: an orderly end is 0, and only halt() can still say so. */
    private void endInOrder() {
        try {
            if (over.await(PATIENCE_S, TimeUnit.SECONDS)) {
                Runtime.getRuntime().halt(ExitCode.DONE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        over.countDown();
    }
}
