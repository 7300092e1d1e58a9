package io.fintrail.verdict;

import io.fintrail.event.SocketId;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * One {@code # expect:} line. Name, finality, certainty, severity, findings and the number of repeats are always compared;
 * the other facts ({@code closedFirst holder sentButLost historyFrom cookie generation}) where the line names them.
 */
record ExpectedVerdict(String line, Set<String> facts) {
    static final Set<String> OPTIONAL_FACTS =
            Set.of("closedFirst", "holder", "sentButLost", "historyFrom", "cookie", "generation");

    static ExpectedVerdict parse(String text) {
        Set<String> head = new LinkedHashSet<>();
        Set<String> always = new TreeSet<>();
        Set<String> given = new TreeSet<>();
        Set<String> facts = new TreeSet<>();
        for (String word : text.strip().split("\\s+", -1)) {
            String name = word.contains("=") ? word.substring(0, word.indexOf('=')) : "";
            if (name.isEmpty()) {
                head.add(word);
            } else if (name.equals("finding") || name.equals("retransmits")) {
                always.add(word);
            } else if (OPTIONAL_FACTS.contains(name)) {
                facts.add(name);
                given.add(word);
            } else {
                throw new IllegalArgumentException("'" + text + "' expects something unknown: " + word);
            }
        }
        return new ExpectedVerdict(join(head, always, given), facts);
    }

    static String line(Verdict verdict, Set<String> facts) {
        Set<String> head = new LinkedHashSet<>();
        head.add(verdict.name().name());
        head.add(verdict.isFinal() ? "final" : "standing");
        head.add(verdict.certainty().name().toLowerCase(Locale.ROOT));
        head.add(verdict.severity().name().toLowerCase(Locale.ROOT));
        Set<String> always = new TreeSet<>();
        verdict.findings().forEach(finding -> always.add("finding=" + finding.name()));
        int repeats = verdict.story().localFin().retransmits().size();
        if (repeats > 0) {
            always.add("retransmits=" + repeats);
        }
        Set<String> given = new TreeSet<>();
        facts.forEach(fact -> given.add(fact + "=" + value(fact, verdict.story())));
        return join(head, always, given);
    }

    private static String value(String fact, SocketLifecycle story) {
        SocketId id = story.id();
        Holder holder = story.holder();
        return switch (fact) {
            case "closedFirst" -> story.closedFirst().name().toLowerCase(Locale.ROOT);
            case "holder" -> holder == null ? "null" : holder.comm();
            case "sentButLost" -> String.valueOf(story.peerFin().sentButLost());
            case "historyFrom" ->
                story.historyFrom().name().toLowerCase(Locale.ROOT).replace('_', '-');
            case "cookie" -> Long.toUnsignedString(id.cookie());
            case "generation" -> String.valueOf(id.generation());
            default -> throw new IllegalArgumentException(fact);
        };
    }

    private static String join(Set<String> head, Set<String> always, Set<String> given) {
        List<String> words = new ArrayList<>(head);
        words.addAll(always);
        words.addAll(given);
        return String.join(" ", words);
    }
}
