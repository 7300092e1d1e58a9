package io.fintrail.verdict;

import io.fintrail.event.SocketId;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.lifecycle.ThreadActivity;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One {@code # expect:} line. Name, finality, certainty, severity, findings and the number of repeats are always compared;
 * the facts of {@link #OPTIONAL_FACTS} where the line names them; {@code endsIn} is seconds from the verdict.
 */
record ExpectedVerdict(String line, Set<String> facts) {
    static final Set<String> OPTIONAL_FACTS = Set.of(
            "closedFirst",
            "holder",
            "holders",
            "threads",
            "ownership",
            "sentButLost",
            "historyFrom",
            "endsBy",
            "endsIn",
            "cookie",
            "generation",
            "netns");

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
        facts.forEach(fact -> given.add(fact + "=" + value(fact, verdict)));
        return join(head, always, given);
    }

    private static String value(String fact, Verdict verdict) {
        SocketLifecycle story = verdict.story();
        SocketId id = story.id();
        Holder holder = story.holder();
        return switch (fact) {
            case "closedFirst" -> story.closedFirst().name().toLowerCase(Locale.ROOT);
            case "holder" -> holder == null ? "null" : holder.comm();
            case "holders" ->
                story.holders().stream()
                        .map(h -> h.comm() + "/" + h.fd())
                        .sorted()
                        .collect(Collectors.joining(","));
            case "threads" ->
                story.holders().stream()
                        .map(h -> activity(story.threads(h.pid())))
                        .collect(Collectors.joining(","));
            case "ownership" -> story.ownership().name().toLowerCase(Locale.ROOT);
            case "endsBy" -> String.valueOf(verdict.kernelEnds().by());
            case "endsIn" -> endsIn(verdict);
            case "sentButLost" -> String.valueOf(story.peerFin().sentButLost());
            case "historyFrom" -> story.historyFrom().toString();
            case "cookie" -> Long.toUnsignedString(id.cookie());
            case "generation" -> String.valueOf(id.generation());
            case "netns" -> String.valueOf(story.netns());
            default -> throw new IllegalArgumentException(fact);
        };
    }

    private static String activity(@Nullable ThreadActivity threads) {
        return threads == null ? "unknown" : threads.kind().name().toLowerCase(Locale.ROOT);
    }

    private static String endsIn(Verdict verdict) {
        Long atNs = verdict.kernelEnds().atNs();
        return atNs == null ? "never" : String.format(Locale.ROOT, "%.1f", (atNs - verdict.atNs()) / 1e9);
    }

    private static String join(Set<String> head, Set<String> always, Set<String> given) {
        List<String> words = new ArrayList<>(head);
        words.addAll(always);
        words.addAll(given);
        return String.join(" ", words);
    }
}
