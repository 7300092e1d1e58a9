package io.fintrail.view;

/** Text that the host supplied - process names, paths - as it may be shown: nothing in it steers a terminal. */
public final class Hostile {
    private Hostile() {}

    /** Control, format and other characters that do not print become \xNN or \\uNNNN. */
    public static String shown(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (prints(c)) {
                shown.appendCodePoint(c);
            } else {
                shown.append(c < 0x100 ? String.format("\\x%02x", c) : String.format("\\u%04x", c));
            }
        });
        return shown.toString();
    }

    private static boolean prints(int c) {
        int type = Character.getType(c);
        return type != Character.CONTROL
                && type != Character.FORMAT
                && type != Character.SURROGATE
                && type != Character.PRIVATE_USE
                && type != Character.UNASSIGNED
                && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR;
    }
}
