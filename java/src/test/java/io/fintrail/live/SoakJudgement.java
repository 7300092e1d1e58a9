package io.fintrail.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What `live` said of a soak, line by line against the truth: its lines are too many to be kept. */
final class SoakJudgement {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What our generator does without harm: none of these may be called a problem. */
    private static final Set<String> HARMLESS = Set.of(
            "clientFirst",
            "serverFirst",
            "halfClose",
            "bothWays",
            "idleUntilClosed",
            "orderServerFirst",
            "orderHalfClose",
            "orderClientFirst",
            "orderAtOnce",
            "dieWithSockets");

    private final SoakTruth truth;
    private final Set<Long> namespaces;
    private final Set<String> finals = new HashSet<>();
    private final Map<String, Integer> verdicts = new TreeMap<>();
    private final List<String> wrongOwners = new ArrayList<>();
    private final List<String> unclaimed = new ArrayList<>();
    private final List<String> accusations = new ArrayList<>();
    private final List<String> surelyUnknown = new ArrayList<>();
    private final List<String> gaps = new ArrayList<>();
    private JsonNode summary = JSON.nullNode();
    private int finalsInconclusive;
    private int ownersChecked;

    private SoakJudgement(SoakTruth truth, List<Long> namespaces) {
        this.truth = truth;
        this.namespaces = Set.copyOf(namespaces);
    }

    static SoakJudgement read(Path lines, SoakTruth truth, List<Long> namespaces) throws IOException {
        SoakJudgement judgement = new SoakJudgement(truth, namespaces);
        try (BufferedReader reader = Files.newBufferedReader(lines)) {
            String line;
            while ((line = reader.readLine()) != null) {
                judgement.take(JSON.readTree(line), line);
            }
        }
        return judgement;
    }

    private void take(JsonNode node, String line) {
        switch (node.path("type").asText()) {
            case "verdict" -> {
                if (namespaces.contains(node.path("socket").path("netns").asLong())) {
                    takeVerdict(node, line);
                }
            }
            case "gap" -> gaps.add(line);
            case "summary" -> summary = node;
            default -> {}
        }
    }

    private void takeVerdict(JsonNode verdict, String line) {
        JsonNode socket = verdict.path("socket");
        boolean isFinal = verdict.path("final").asBoolean();
        boolean isInconclusive = verdict.path("certainty").asText().equals("inconclusive");
        boolean isProblem = verdict.path("severity").asText().equals("problem");
        if (isFinal) {
            finals.add(socket.path("cookie").asText() + "."
                    + socket.path("generation").asText());
        }
        verdicts.merge((isFinal ? "" : "standing ") + verdict.path("verdict").asText(), 1, Integer::sum);
        finalsInconclusive += isFinal && isInconclusive ? 1 : 0;
        if (verdict.path("verdict").asText().equals("UNKNOWN") && !isInconclusive) {
            surelyUnknown.add(line);
        }
        String local = socket.path("local").asText();
        String remote = socket.path("remote").asText();
        Set<String> doings = truth.doings(local, remote);
        if (isFinal && isProblem && !isInconclusive && !doings.isEmpty() && HARMLESS.containsAll(doings)) {
            accusations.add(line);
        }
        checkOwners(verdict, truth.ownersOf(socket.path("netns").asLong(), local, remote), line);
    }

    private void checkOwners(JsonNode verdict, @Nullable Set<Integer> owners, String line) {
        if (owners == null) {
            unclaimed.add(line);
            return;
        }
        for (JsonNode holder : verdict.path("holders")) {
            ownersChecked++;
            if (!owners.contains(holder.path("pid").asInt())) {
                wrongOwners.add(owners + " own it: " + line);
            }
        }
    }

    JsonNode summary() {
        return summary;
    }

    /** Sockets with a final verdict. */
    int finals() {
        return finals.size();
    }

    /** Lines by verdict; those on what stood for a while apart. */
    Map<String, Integer> verdicts() {
        return verdicts;
    }

    List<String> gaps() {
        return gaps;
    }

    int finalsInconclusive() {
        return finalsInconclusive;
    }

    /** Said to be UNKNOWN although nothing was lost that could explain it. */
    List<String> surelyUnknown() {
        return surelyUnknown;
    }

    int ownersChecked() {
        return ownersChecked;
    }

    List<String> wrongOwners() {
        return wrongOwners;
    }

    /** Sockets in the soak's namespaces that none of its generators knows. */
    List<String> unclaimed() {
        return unclaimed;
    }

    /** Problems that were seen in what was done without harm. */
    List<String> accusations() {
        return accusations;
    }
}
