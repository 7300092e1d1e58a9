package io.fintrail.live;

/**
 * Facts are missing, and fintrail says so: nothing was accused. On some virtual machines the kernel passes over tracing
 * programs without counting it, most often for all sockets whose timers one softirq runs; {@link #stagedAgain} then gives
 * it another chance.
 */
final class UnseenFacts extends AssertionError {
    private static final long serialVersionUID = 1L;
    private static final int ATTEMPTS = 3;

    UnseenFacts(String message) {
        super(message);
    }

    /** What a test stages and compares. */
    interface Staged {
        void run() throws java.io.IOException;
    }

    /** Stages at most three times; an answer that is wrong, and not only unknown, fails at once. */
    static void stagedAgain(String what, Staged staged) throws java.io.IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                staged.run();
                return;
            } catch (UnseenFacts e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                System.out.println(what + ", attempt " + attempt + ": " + e.getMessage());
            }
        }
    }
}
