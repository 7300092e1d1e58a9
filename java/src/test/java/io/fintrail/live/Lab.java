package io.fintrail.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** One run of tools/lab: stages closes in two private namespaces and says what it staged. */
final class Lab implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final BufferedReader out;
    private final OutputStream in;
    private final List<JsonNode> staged = new ArrayList<>();
    private final JsonNode ready;
    private final JsonNode expect;

    private Lab(Process process) throws IOException {
        this.process = process;
        out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        in = process.getOutputStream();
        ready = readUntil("ready");
        expect = readUntil("expect");
    }

    /** Namespaces, firewall and listeners stand; nothing happens before {@link #go}. */
    static Lab prepare(Subnet subnet, String situation, int count, int family, String... more) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(tool().toString(), situation, Integer.toString(count), "--wait"));
        command.addAll(List.of("--family", Integer.toString(family), "--subnet", Integer.toString(subnet.number())));
        command.addAll(List.of(more));
        return new Lab(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    static Path tool() {
        return Path.of(System.getProperty("fintrail.home"), "tools", "lab");
    }

    /** Lines of --list: the situations' names. */
    static List<String> situations() throws IOException {
        Process list = new ProcessBuilder(tool().toString(), "--list")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> names = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(list.getInputStream(), StandardCharsets.UTF_8))) {
            lines.lines().filter(l -> l.matches("[a-z0-9].*")).forEach(l -> names.add(l.split("\\s+")[0]));
        }
        return names;
    }

    private JsonNode readUntil(String type) throws IOException {
        String line;
        while ((line = out.readLine()) != null) {
            JsonNode node = JSON.readTree(line);
            if (node.path("type").asText().equals("staged")) {
                staged.add(node);
            }
            if (node.path("type").asText().equals(type)) {
                return node;
            }
        }
        throw new IOException("tools/lab ended before it said '" + type + "'");
    }

    long netns(String side) {
        return ready.path(side).path("inum").asLong();
    }

    String netnsPath(String side) {
        return ready.path(side).path("netns").asText();
    }

    boolean stands() {
        return !expect.path("near").path("standing").isEmpty()
                || !expect.path("far").path("standing").isEmpty();
    }

    /** What the lab expects of one side: {@code verdicts}, {@code findings}, {@code mayFind}, {@code standing}. */
    JsonNode expected(String side) {
        return expect.path(side);
    }

    /** Starts the staging, or releases what stands. */
    void go() throws IOException {
        in.write('\n');
        in.flush();
    }

    void awaitStanding() throws IOException {
        readUntil("standing");
    }

    JsonNode awaitDone() throws IOException {
        return readUntil("done");
    }

    /** The pid that held each connection of a side, by "LOCAL > REMOTE". */
    Map<String, Integer> pids(String side) {
        Map<String, Integer> pids = new TreeMap<>();
        for (JsonNode node : staged) {
            JsonNode end = node.path(side);
            pids.put(
                    end.path("local").asText() + " > " + end.path("remote").asText(),
                    end.path("pid").asInt());
        }
        return pids;
    }

    @Override
    public void close() throws IOException {
        in.close();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroy();
                process.waitFor(10, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
