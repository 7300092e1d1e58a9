package io.fintrail.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A signal (SIGINT, SIGTERM) asks for an orderly end, and waits until {@link #close} says that it was one. */
final class SignalHook implements AutoCloseable {
    private static final int PATIENCE_S = 600;
    private static final int SILENT_S = 10;

    private final CountDownLatch over = new CountDownLatch(1);

    /**
     * @param stop called on another thread; what it asks for leads to {@link #close}
     * @param patient false where that may never be
     */
    SignalHook(Runnable stop, boolean patient) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            if (over.getCount() > 0) {
                                stop.run();
                                endInOrder(patient);
                            }
                        },
                        "stop"));
    }

    /** The signal's own exit code would be 128 and more: an orderly end is 0, and only halt() can still say so. */
    private void endInOrder(boolean patient) {
        try {
            if (!patient) {
                over.await(1, TimeUnit.SECONDS);
                Runtime.getRuntime().halt(ExitCode.DONE);
            }
            for (int waitedS = 0; waitedS < PATIENCE_S; waitedS += SILENT_S) {
                if (over.await(SILENT_S, TimeUnit.SECONDS)) {
                    Runtime.getRuntime().halt(ExitCode.DONE);
                }
                System.err.println("fintrail: judging what came before the signal; kill -9 gives that up");
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
