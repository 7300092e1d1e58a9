package io.fintrail.cli;

import java.util.List;

/** Text as a manual page's source, for man(7) as groff and mandoc read it: nothing in it is taken for a request or an escape. */
final class Troff {
    private final StringBuilder source = new StringBuilder();
    private boolean beginsSection;

    /** {@code date} as 2026-01-31, the one text that is not escaped. */
    void title(String page, String date, String version) {
        request(".TH \"" + escaped(page.toUpperCase(java.util.Locale.ROOT)) + "\" 1 \"" + date + "\" \""
                + escaped(version) + "\" \"User Commands\"");
        // Neither a hyphen nor a space more in what may be copied to a shell.
        request(".nh");
        request(".ad l");
    }

    void section(String heading) {
        request(".SH \"" + escaped(heading) + "\"");
        beginsSection = true;
    }

    void paragraph(String text) {
        beginParagraph();
        text(text);
    }

    /** {@code label} is escaped already: it has fonts. */
    void item(String label, List<String> lines) {
        request(".TP");
        request(label);
        lines.forEach(this::text);
    }

    /** Lines as they are, unfilled. */
    void example(List<String> lines) {
        beginParagraph();
        request(".RS 4");
        request(".nf");
        lines.forEach(this::text);
        request(".fi");
        request(".RE");
    }

    private void beginParagraph() {
        if (!beginsSection) {
            request(".PP");
        }
    }

    void text(String line) {
        String safe = escaped(line);
        request(safe.startsWith(".") || safe.startsWith(" ") ? "\\&" + safe : safe);
    }

    void request(String line) {
        source.append(line).append('\n');
        beginsSection = false;
    }

    static String bold(String text) {
        return "\\fB" + escaped(text) + "\\fR";
    }

    static String italic(String text) {
        return "\\fI" + escaped(text) + "\\fR";
    }

    /** A quote could begin a request or end an argument; the others would be typographic signs that no shell knows. */
    static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\\' -> escaped.append("\\e");
                case '-' -> escaped.append("\\-");
                case '\'' -> escaped.append("\\(aq");
                case '"' -> escaped.append("\\(dq");
                case '`' -> escaped.append("\\(ga");
                case '^' -> escaped.append("\\(ha");
                case '~' -> escaped.append("\\(ti");
                default -> {
                    if (c < 0x80) {
                        escaped.append((char) c);
                    } else {
                        escaped.append(String.format("\\[u%04X]", c));
                    }
                }
            }
        });
        return escaped.toString();
    }

    @Override
    public String toString() {
        return source.toString();
    }
}
