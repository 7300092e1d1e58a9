package io.fintrail.cli;

/** What the process says at its end. */
final class ExitCode {
    static final int DONE = 0;
    static final int BUG = 1;
    static final int USAGE = 2;
    static final int CANNOT = 3;
    static final int DAMAGED = 4;

    /** Of `stuck --check N`: more than N. */
    static final int STUCK = 10;

    private ExitCode() {}
}
