package io.fintrail.lifecycle;

import io.fintrail.event.HostNote;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an audit has counted in the kernel and told nothing else of, as of its newest look. Clean closes by verdict and
 * service ({@code :80} where clients connect to us, {@code >80} where we connect, {@code other}), repeats of FINs by cause,
 * half-closed sockets by state and holder ({@code FIN_WAIT2/held}). {@code ages} has eight counts of those: younger than
 * 1, 5, 30 s, 1, 5, 15, 60 min, and older; {@code places} of the ledger are taken. Immutable.
 */
public record Closes(
        long atNs,
        Map<String, Map<String, Long>> byVerdict,
        Map<String, Long> retransmits,
        Map<String, Long> halfClosed,
        List<Long> ages,
        long ageSeconds,
        long stories,
        long unplaced,
        long places) {
    public static final Closes NONE = new Closes(0, Map.of(), Map.of(), Map.of(), List.of(), 0, 0, 0, 0);

    /** A note says what has changed; the rest is as it was. */
    Closes and(HostNote note) {
        Map<String, Map<String, Long>> verdicts = new TreeMap<>();
        byVerdict.forEach((verdict, services) -> verdicts.put(verdict, new TreeMap<>(services)));
        note.fields().forEach((name, value) -> {
            if (name.startsWith("CLEAN_")) {
                verdicts.computeIfAbsent(name, verdict -> new TreeMap<>()).putAll(counts(value));
            }
        });
        return new Closes(
                note.ktimeNs(),
                Collections.unmodifiableMap(verdicts),
                note.fields().containsKey("retransmits") ? counts(note.text("retransmits")) : retransmits,
                note.fields().containsKey("half-closed") ? counts(note.text("half-closed")) : halfClosed,
                note.fields().containsKey("ages") ? numbers(note.text("ages")) : ages,
                number(note, "age-seconds", ageSeconds),
                number(note, "stories", stories),
                number(note, "unplaced", unplaced),
                number(note, "places", places));
    }

    private static long number(HostNote note, String field, long before) {
        return note.fields().containsKey(field) ? note.number(field) : before;
    }

    private static Map<String, Long> counts(String text) {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (String word : text.split(" ")) {
            int equals = word.lastIndexOf('=');
            if (equals > 0) {
                counts.put(word.substring(0, equals), Long.valueOf(word.substring(equals + 1)));
            }
        }
        return Collections.unmodifiableMap(counts);
    }

    private static List<Long> numbers(String text) {
        List<Long> numbers = new ArrayList<>();
        for (String word : text.split(",")) {
            numbers.add(Long.valueOf(word));
        }
        return List.copyOf(numbers);
    }

    /** Clean closes of that verdict, of all services. */
    public long count(String verdict) {
        return byVerdict.getOrDefault(verdict, Map.of()).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }
}
