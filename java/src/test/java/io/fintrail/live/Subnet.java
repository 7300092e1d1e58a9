package io.fintrail.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Addresses that no other lab uses until this is closed: a tracer that filters on them sees its own labs only, also
 * after those have ended and their namespaces' numbers belong to somebody else. Close it after the tracer.
 */
final class Subnet implements AutoCloseable {
    private final Process process;
    private final JsonNode subnet;

    private Subnet(Process process, JsonNode subnet) {
        this.process = process;
        this.subnet = subnet;
    }

    static Subnet reserve() throws IOException {
        Process process = new ProcessBuilder(Lab.tool().toString(), "--reserve")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        if (line == null) {
            throw new IOException("tools/lab --reserve ended before it said which subnet");
        }
        return new Subnet(process, new ObjectMapper().readTree(line).path("subnet"));
    }

    int number() {
        return subnet.path("number").asInt();
    }

    /** What a tracer filters on, such as 10.83.0.0/24. */
    String cidr(int family) {
        return subnet.path(Integer.toString(family)).asText();
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
