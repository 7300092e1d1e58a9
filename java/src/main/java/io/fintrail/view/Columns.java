package io.fintrail.view;

import java.io.PrintWriter;

/** Text that fits a terminal of {@value #WIDTH} columns. */
final class Columns {
    static final int WIDTH = 100;

    private Columns() {}

    /** Prints {@code head} and then {@code text} beside it; lines that follow stand below the text's beginning. */
    static void print(PrintWriter out, String head, String text) {
        String indent = " ".repeat(head.length());
        StringBuilder line = new StringBuilder(head);
        for (String word : text.split(" ")) {
            if (line.length() + word.length() > WIDTH && line.length() > indent.length()) {
                out.println(line.toString().stripTrailing());
                line.setLength(0);
                line.append(indent);
            }
            line.append(word).append(' ');
        }
        out.println(line.toString().stripTrailing());
    }
}
