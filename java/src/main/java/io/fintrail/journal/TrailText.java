package io.fintrail.journal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Escapes what a trail line may not hold - blanks, '=', '%', control characters, non-ASCII - as %XX bytes. */
final class TrailText {
    private TrailText() {}

    static String escape(String text) {
        return escape(text.getBytes(StandardCharsets.UTF_8));
    }

    static String escape(byte[] text) {
        StringBuilder escaped = new StringBuilder();
        for (byte b : text) {
            if (b > ' ' && b < 0x7f && b != '=' && b != '%' && b != '#') {
                escaped.append((char) b);
            } else {
                escaped.append(String.format("%%%02x", b & 0xff));
            }
        }
        return escaped.toString();
    }

    static String unescape(String text) {
        return new String(unescapeBytes(text), StandardCharsets.UTF_8);
    }

    /** Fields as words: {@code name=value name=value}. */
    static String words(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + escape(field.getValue()))
                .collect(Collectors.joining(" "));
    }

    /** Reads what {@link #words} wrote. */
    static SortedMap<String, String> fields(String words) {
        SortedMap<String, String> fields = new TreeMap<>();
        for (String word : words.split(" ")) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                fields.put(word.substring(0, equals), unescape(word.substring(equals + 1)));
            }
        }
        return fields;
    }

    static byte[] unescapeBytes(String text) {
        byte[] bytes = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '%') {
                if (i + 2 >= text.length()) {
                    throw new IllegalArgumentException("'" + text + "' ends within a %XX");
                }
                bytes[length++] = (byte) Integer.parseInt(text.substring(i + 1, i + 3), 16);
                i += 2;
            } else {
                bytes[length++] = (byte) text.charAt(i);
            }
        }
        return Arrays.copyOf(bytes, length);
    }

    /** Nanoseconds as seconds with nine decimals. */
    static String seconds(long ns) {
        return String.format("%d.%09d", ns / 1_000_000_000L, ns % 1_000_000_000L);
    }

    /** Seconds with up to nine decimals as nanoseconds. */
    static long nanoseconds(String seconds) {
        int point = seconds.indexOf('.');
        String whole = point < 0 ? seconds : seconds.substring(0, point);
        String fraction = point < 0 ? "" : seconds.substring(point + 1);
        if (!whole.matches("\\d{1,10}") || !fraction.matches("\\d{0,9}")) {
            throw new IllegalArgumentException("'" + seconds + "' is no time in seconds");
        }
        long ns = fraction.isEmpty() ? 0 : Long.parseLong((fraction + "000000000").substring(0, 9));
        return Long.parseLong(whole) * 1_000_000_000L + ns;
    }
}
