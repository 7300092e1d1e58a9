package io.fintrail.view;

/** The errors that end a TCP connection, by Linux' numbers (asm-generic). */
final class Errno {
    private Errno() {}

    /** {@code ETIMEDOUT}, or {@code errno 5}. */
    static String name(int number) {
        return switch (Math.abs(number)) {
            case 1 -> "EPERM";
            case 32 -> "EPIPE";
            case 101 -> "ENETUNREACH";
            case 103 -> "ECONNABORTED";
            case 104 -> "ECONNRESET";
            case 105 -> "ENOBUFS";
            case 110 -> "ETIMEDOUT";
            case 111 -> "ECONNREFUSED";
            case 113 -> "EHOSTUNREACH";
            default -> "errno " + Math.abs(number);
        };
    }
}
