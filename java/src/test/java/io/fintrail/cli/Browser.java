package io.fintrail.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A headless chromium and one page in it, spoken to in its DevTools protocol. */
final class Browser implements AutoCloseable {
    private static final long AT_MOST_S = 30;

    private final Process process;
    private final WebSocket socket;
    private final ObjectMapper json = new ObjectMapper();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final BlockingQueue<JsonNode> loads = new LinkedBlockingQueue<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private int lastId;

    /** @param profile an empty directory, which is left to the caller */
    Browser(Path profile) throws Exception {
        ProcessBuilder chromium = new ProcessBuilder(
                        "chromium",
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-background-networking",
                        "--no-first-run",
                        "--hide-scrollbars",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(profile.resolve("chromium.log").toFile());
        chromium.environment().put("TMPDIR", profile.toString());
        process = chromium.start();
        String address = "ws://127.0.0.1:" + port(profile);
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address + "/devtools/page/" + pageId(address)), new Listener())
                .get(AT_MOST_S, TimeUnit.SECONDS);
        for (String domain : List.of("Page", "Runtime", "Network", "Log", "Audits")) {
            call(domain + ".enable", Map.of());
        }
    }

    private String port(Path profile) throws IOException, InterruptedException {
        Path file = profile.resolve("DevToolsActivePort");
        for (long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(AT_MOST_S); System.nanoTime() < until; ) {
            if (Files.exists(file) && Files.readString(file).contains("\n")) {
                return Files.readString(file).lines().findFirst().orElseThrow();
            }
            if (!process.isAlive()) {
                break;
            }
            Thread.sleep(20);
        }
        process.destroyForcibly();
        throw new IOException("chromium did not start: " + Files.readString(profile.resolve("chromium.log")));
    }

    private String pageId(String address) throws IOException {
        try (var in = URI.create(address.replace("ws:", "http:") + "/json/list")
                .toURL()
                .openStream()) {
            for (JsonNode target : json.readTree(new String(in.readAllBytes(), UTF_8))) {
                if (target.get("type").asText().equals("page")) {
                    return target.get("id").asText();
                }
            }
        }
        throw new IOException("chromium has no page");
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                take(message.toString());
                message.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }
    }

    private void take(String message) {
        JsonNode said;
        try {
            said = json.readTree(message);
        } catch (IOException e) {
            complaints.add("no JSON: " + message);
            return;
        }
        if (said.has("id")) {
            CompletableFuture<JsonNode> answer = answers.remove(said.get("id").asInt());
            if (answer != null) {
                answer.complete(said);
            }
            return;
        }
        switch (said.get("method").asText()) {
            case "Page.loadEventFired" -> loads.add(said);
            case "Network.requestWillBeSent" ->
                requests.add(said.at("/params/request/url").asText());
            case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Audits.issueAdded" ->
                complaints.add(message);
            default -> {}
        }
    }

    private JsonNode call(String method, Map<String, ?> parameters) throws Exception {
        ObjectNode command = json.createObjectNode();
        int id = ++lastId;
        command.put("id", id).put("method", method).set("params", json.valueToTree(parameters));
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(id, answer);
        socket.sendText(command.toString(), true).get(AT_MOST_S, TimeUnit.SECONDS);
        JsonNode said = answer.get(AT_MOST_S, TimeUnit.SECONDS);
        if (said.has("error")) {
            throw new IOException(method + ": " + said.get("error"));
        }
        return said.get("result");
    }

    /** Sets the size of the window and whether the user likes it dark, then loads the page. */
    void open(URI page, int width, int height, boolean dark) throws Exception {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
        call(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
        requests.clear();
        complaints.clear();
        loads.clear();
        call("Page.navigate", Map.of("url", page.toString()));
        if (loads.poll(AT_MOST_S, TimeUnit.SECONDS) == null) {
            throw new TimeoutException(page + " was not loaded within " + AT_MOST_S + " s");
        }
    }

    /** What an expression of JavaScript is, once any promise in it is kept. */
    JsonNode value(String expression) throws Exception {
        JsonNode result =
                call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        if (result.has("exceptionDetails")) {
            throw new IllegalStateException(expression + ": " + result.get("exceptionDetails"));
        }
        return result.at("/result/value");
    }

    /** Waits until the expression is true. */
    void await(String expression) throws Exception {
        for (long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(AT_MOST_S); System.nanoTime() < until; ) {
            if (value(expression).asBoolean()) {
                return;
            }
            Thread.sleep(20);
        }
        throw new TimeoutException("never true: " + expression);
    }

    /** Presses and lets go of the left button in the middle of what the selector finds. */
    void click(String selector) throws Exception {
        JsonNode at = value("(() => { const it = document.querySelector(" + json.writeValueAsString(selector)
                + "); it.scrollIntoView({block: 'center'}); const box = it.getBoundingClientRect();"
                + " return [box.x + box.width / 2, box.y + box.height / 2]; })()");
        for (String type : List.of("mousePressed", "mouseReleased")) {
            call(
                    "Input.dispatchMouseEvent",
                    Map.of(
                            "type",
                            type,
                            "x",
                            at.get(0).asDouble(),
                            "y",
                            at.get(1).asDouble(),
                            "button",
                            "left",
                            "clickCount",
                            1));
        }
    }

    /** Types into what has the focus. */
    void type(String text) throws Exception {
        call("Input.insertText", Map.of("text", text));
    }

    /** The whole page as PNG. */
    void screenshot(Path file, int width) throws Exception {
        JsonNode size = call("Page.getLayoutMetrics", Map.of()).get("cssContentSize");
        JsonNode shot = call(
                "Page.captureScreenshot",
                Map.of(
                        "captureBeyondViewport",
                        true,
                        "clip",
                        Map.of(
                                "x",
                                0,
                                "y",
                                0,
                                "width",
                                width,
                                "height",
                                Math.min(8000, size.get("height").asInt()),
                                "scale",
                                1)));
        Files.write(file, Base64.getDecoder().decode(shot.get("data").asText()));
    }

    /** What was asked for since the page was opened, whoever would have answered. */
    List<String> requests() {
        return new ArrayList<>(requests);
    }

    /** Errors, warnings, logging, violations of the policy. */
    List<String> complaints() {
        return new ArrayList<>(complaints);
    }

    @Override
    public void close() {
        socket.abort();
        process.destroy();
        try {
            if (!process.waitFor(AT_MOST_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
