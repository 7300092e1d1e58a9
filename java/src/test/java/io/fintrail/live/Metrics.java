package io.fintrail.live;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an audit serves for Prometheus: values by name and labels, as they stand there. */
record Metrics(Map<String, Double> values) {
    private static final Pattern LINE = Pattern.compile("^(fintrail_\\S+?(?:\\{.*})?) (\\S+)$");
    private static final Pattern PORT = Pattern.compile("metrics on http://\\S+:(\\d+)/metrics");

    /** The port that an audit says it listens on. */
    static int port(String said) {
        Matcher port = PORT.matcher(said);
        if (!port.find()) {
            throw new AssertionError("no port in: " + said);
        }
        return Integer.parseInt(port.group(1));
    }

    /** Asks twice: one of some thousand connections to a server that is there was refused. */
    static Metrics of(int port) throws IOException {
        try {
            return scraped(port);
        } catch (ConnectException e) {
            LockSupport.parkNanos(1_000_000_000);
            return scraped(port);
        }
    }

    private static Metrics scraped(int port) throws IOException {
        try {
            HttpResponse<String> page = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                                    .timeout(Duration.ofSeconds(10))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            Map<String, Double> values = new TreeMap<>();
            page.body()
                    .lines()
                    .map(LINE::matcher)
                    .filter(Matcher::matches)
                    .forEach(line -> values.put(
                            line.group(1), Double.valueOf(line.group(2).replace("+Inf", "Infinity"))));
            return new Metrics(values);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** The first page of which that is true, or the last before a time of patience is over. */
    static Metrics await(int port, Duration patience, Predicate<Metrics> wanted) throws IOException {
        long endNs = System.nanoTime() + patience.toNanos();
        Metrics page = of(port);
        while (!wanted.test(page) && System.nanoTime() < endNs) {
            LockSupport.parkNanos(200_000_000);
            page = of(port);
        }
        return page;
    }

    /** Sum over all series of that name whose labels hold that text. */
    double sum(String name, String labels) {
        return values.entrySet().stream()
                .filter(e -> e.getKey().startsWith(name + "{") || e.getKey().equals(name))
                .filter(e -> e.getKey().contains(labels))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }
}
