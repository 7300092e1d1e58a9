package io.fintrail.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON lines of a run, found by the end of a connection that they are about. */
final class TracedLines {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, JsonNode> finals = new HashMap<>();
    private final Map<String, List<JsonNode>> events = new HashMap<>();

    /** A last line that is still being written is left out. */
    TracedLines(List<String> lines) {
        for (String line : lines) {
            if (line.endsWith("}")) {
                add(parse(line));
            }
        }
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + line, e);
        }
    }

    private void add(JsonNode line) {
        switch (line.path("type").asText()) {
            case "verdict" -> {
                if (line.path("final").asBoolean()) {
                    finals.put(key(line.path("socket")), line);
                }
            }
            case "event" ->
                events.computeIfAbsent(key(line), k -> new ArrayList<>()).add(line);
            default -> {}
        }
    }

    private static String key(JsonNode end) {
        return key(
                end.path("netns").asLong(),
                end.path("local").asText() + " > " + end.path("remote").asText());
    }

    private static String key(long netns, String connection) {
        return netns + " " + connection;
    }

    boolean isFinal(long netns, String connection) {
        return finals.containsKey(key(netns, connection));
    }

    /** Null without a final verdict. */
    @Nullable
    TracedEnd end(long netns, String connection) {
        JsonNode verdict = finals.get(key(netns, connection));
        return verdict == null ? null : new TracedEnd(verdict, events.getOrDefault(key(netns, connection), List.of()));
    }
}
