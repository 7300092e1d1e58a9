package io.fintrail.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** One run of `tools/lab haproxy`: an incident with the real haproxy and nginx, and what is true of it. */
final class HaproxyLab implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final BufferedReader out;
    private final OutputStream in;
    private final JsonNode ready;
    private final Map<String, Set<String>> backsOfFronts = new HashMap<>();

    private HaproxyLab(Process process) throws IOException {
        this.process = process;
        out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        in = process.getOutputStream();
        ready = readUntil("ready");
        readUntil("expect");
    }

    /** Servers and browsers stand; nothing happens before {@link #go}. */
    static HaproxyLab prepare(Subnet subnet, String variant, int count, String... more) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Lab.tool().toString(), "haproxy", variant, Integer.toString(count), "--wait", "--may-go"));
        command.addAll(List.of("--subnet", Integer.toString(subnet.number())));
        command.addAll(List.of(more));
        return new HaproxyLab(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    private JsonNode readUntil(String type) throws IOException {
        String line;
        while ((line = out.readLine()) != null) {
            JsonNode node = JSON.readTree(line);
            if (node.has("log")) {
                readLog(Path.of(node.path("log").asText()));
            }
            for (JsonNode pair : node.path("pairs")) {
                addPair(pair.path("front").asText(), pair.path("back").asText());
            }
            if (node.path("type").asText().equals(type)) {
                return node;
            }
        }
        throw new IOException("tools/lab haproxy ended before it said '" + type + "'");
    }

    private void readLog(Path log) throws IOException {
        for (String line : Files.readAllLines(log)) {
            String[] words = line.split(" ");
            addPair(words[words.length - 2], words[words.length - 1]);
        }
    }

    private void addPair(String front, String back) {
        backsOfFronts.computeIfAbsent(front, f -> new HashSet<>()).add(back);
    }

    String proxyNamespace() {
        return ready.path("proxy").path("netns").asText();
    }

    String statsSocket() {
        return ready.path("haproxySocket").asText();
    }

    void go() throws IOException {
        in.write('\n');
        in.flush();
    }

    /** Of those that `tools/lab haproxy --help` names. */
    void say(String command) throws IOException {
        in.write((command + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    /** The second staging, with `timeout client-fin`: no front is held any more. */
    void awaitGone() throws IOException {
        readUntil("gone");
    }

    void awaitSet() throws IOException {
        readUntil("set");
    }

    void awaitStanding() throws IOException {
        readUntil("stands");
    }

    /** Of churn: every session is over, and logged. */
    void awaitLogged() throws IOException {
        readUntil("logged");
    }

    /** By haproxy's own word: a client's address, and those from which it went on to the backend. */
    Map<String, Set<String>> backsOfFronts() {
        return backsOfFronts;
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
