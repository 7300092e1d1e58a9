package io.fintrail.view;

import java.util.ArrayDeque;
import java.util.Deque;

/** HTML as it is written: whatever is no tag of ours is escaped, and so is what does not print. */
final class Html {
    private final StringBuilder written = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /** Text that cannot become a tag, an attribute or an entity. */
    static String escaped(String text) {
        return Hostile.shown(text)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** @param attributes names and values in turn */
    Html open(String tag, String... attributes) {
        written.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            written.append(' ')
                    .append(attributes[i])
                    .append("=\"")
                    .append(escaped(attributes[i + 1]))
                    .append('"');
        }
        written.append('>');
        open.push(tag);
        return this;
    }

    /** Closes what was opened last. */
    Html close() {
        String tag = open.pop();
        written.append("</").append(tag).append('>');
        if (open.size() < 2 && !tag.equals("code")) {
            written.append('\n');
        }
        return this;
    }

    Html text(String text) {
        written.append(escaped(text));
        return this;
    }

    Html element(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close();
    }

    /** Text in which `what is between these` is code. */
    Html prose(String text) {
        String[] parts = text.split("`", -1);
        for (int i = 0; i < parts.length; i++) {
            boolean isCode = i % 2 == 1 && i < parts.length - 1;
            if (isCode) {
                element("code", parts[i]);
            } else {
                text((i % 2 == 1 ? "`" : "") + parts[i]);
            }
        }
        return this;
    }

    @Override
    public String toString() {
        return written.toString();
    }
}
