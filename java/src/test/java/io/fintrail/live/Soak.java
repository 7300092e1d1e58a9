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
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** One run of tools/soak: real servers and clients in two private namespaces. */
final class Soak implements AutoCloseable {
    /** Every address of a soak is in here. */
    static final String ADDRESSES = "10.86.0.0/16";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final BufferedReader out;
    private final OutputStream in;
    private final JsonNode ready;

    private Soak(Process process) throws IOException {
        this.process = process;
        out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        in = process.getOutputStream();
        ready = readUntil("ready", made -> {});
    }

    /** The servers listen; nobody connects before {@link #go}. */
    static Soak prepare(int connections, Path truth, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("fintrail.home"), "tools", "soak").toString(),
                Integer.toString(connections),
                "--truth",
                truth.toString(),
                "--wait"));
        command.addAll(List.of(more));
        return new Soak(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    private JsonNode readUntil(String type, LongConsumer progress) throws IOException {
        String line;
        while ((line = out.readLine()) != null) {
            JsonNode node = JSON.readTree(line);
            if (node.path("type").asText().equals("progress")) {
                progress.accept(node.path("made").asLong());
            }
            if (node.path("type").asText().equals(type)) {
                return node;
            }
        }
        throw new IOException("tools/soak ended before it said '" + type + "'");
    }

    /** Inode numbers of both namespaces. */
    List<Long> namespaces() {
        return List.of(
                ready.path("client").path("inum").asLong(),
                ready.path("server").path("inum").asLong());
    }

    /** Every port that a server listens on, as a filter takes them. */
    String ports() {
        List<String> ports = new ArrayList<>();
        ready.path("services").forEach(s -> s.path("ports").forEach(p -> ports.add(p.asText())));
        return String.join(",", ports);
    }

    void go() throws IOException {
        in.write('\n');
        in.flush();
    }

    /** @param progress told now and then how many connections were made so far */
    JsonNode awaitDone(LongConsumer progress) throws IOException {
        return readUntil("done", progress);
    }

    @Override
    public void close() throws IOException {
        in.close();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroy();
                process.waitFor(10, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
