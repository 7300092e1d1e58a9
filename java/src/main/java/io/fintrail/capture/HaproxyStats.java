package io.fintrail.capture;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What haproxy says of itself on its stats socket: how many connections it has, and where it sends them. */
final class HaproxyStats {
    private static final long PATIENCE_NS = 500_000_000L;
    private static final int LARGEST_ANSWER = 4 << 20;
    private static final int MOST_SERVERS = 64;
    private static final Pattern INNERMOST_PID = Pattern.compile("(?m)^NSpid:.*?(\\d+)$");

    private final Path socket;
    private final Path proc;

    HaproxyStats(Path socket) {
        this(socket, Path.of("/proc"));
    }

    HaproxyStats(Path socket, Path proc) {
        this.socket = socket;
        this.proc = proc;
    }

    /** Fields of a HAPROXY note. A process that does not run does not answer: the note says why there are no numbers. */
    SortedMap<String, String> read() {
        SortedMap<String, String> fields = new TreeMap<>();
        fields.put("socket", socket.toString());
        try {
            addInfo(ask("show info"), fields);
            addServers(ask("show stat"), fields);
            fields.put("pid", hostPid(fields.getOrDefault("pid", "")));
        } catch (IOException | RuntimeException e) {
            fields.remove("pid");
            fields.put("why", String.valueOf(e.getMessage()));
        }
        return fields;
    }

    /** It says which pid it has in its own pid namespace. */
    String hostPid(String said) throws IOException {
        List<String> named = new ArrayList<>();
        List<String> others = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path process : processes) {
                String status = status(process);
                Matcher inner = INNERMOST_PID.matcher(status);
                if (inner.find() && inner.group(1).equals(said)) {
                    boolean isNamed = status.startsWith("Name:\thaproxy");
                    (isNamed ? named : others).add(process.getFileName().toString());
                }
            }
        }
        List<String> meant = named.isEmpty() ? others : named;
        if (meant.size() != 1) {
            throw new IOException("it says that it is process " + said + " on " + socket + ", and " + meant.size()
                    + " processes are that in their pid namespace");
        }
        return meant.get(0);
    }

    private static String status(Path process) {
        try {
            return Files.readString(process.resolve("status"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    static void addInfo(String answer, SortedMap<String, String> fields) {
        for (String line : answer.split("\n")) {
            String[] parts = line.split(": ?", 2);
            if (parts.length == 2 && parts[1].matches("[0-9]{1,9}")) {
                switch (parts[0]) {
                    case "Pid" -> fields.put("pid", parts[1]);
                    case "CurrConns" -> fields.put("connections", parts[1]);
                    case "Maxconn" -> fields.put("maxconn", parts[1]);
                    default -> {}
                }
            }
        }
    }

    /** Comma-separated values; the first line, after "# ", names the columns. */
    static void addServers(String answer, SortedMap<String, String> fields) {
        String[] lines = answer.split("\n", -1);
        List<String> columns = List.of(lines[0].replaceFirst("^# ", "").split(",", -1));
        int address = columns.indexOf("addr");
        int sessions = columns.indexOf("scur");
        List<String> servers = new ArrayList<>();
        for (int i = 1; i < lines.length && servers.size() < MOST_SERVERS; i++) {
            String[] values = lines[i].split(",", -1);
            boolean hasAddress = address > 0 && values.length > address && !values[address].isEmpty();
            if (hasAddress && sessions > 0) {
                servers.add(values[0] + "/" + values[1] + "=" + values[address] + "=" + values[sessions]);
            }
        }
        fields.put("servers", String.join(" ", servers));
    }

    /** haproxy answers one command and closes. */
    private String ask(String command) throws IOException {
        long untilNs = System.nanoTime() + PATIENCE_NS;
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            // Not even connect() may wait: a process that is stopped accepts nobody, and its queue is short.
            channel.configureBlocking(false);
            if (!channel.connect(UnixDomainSocketAddress.of(socket))) {
                throw new IOException("nobody accepts on " + socket);
            }
            channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
            channel.register(selector, SelectionKey.OP_READ);
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer part = ByteBuffer.allocate(65_536);
            while (answer.size() < LARGEST_ANSWER) {
                long leftMs = (untilNs - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0 || selector.select(leftMs) == 0) {
                    throw new IOException(
                            "it does not answer on " + socket + " within " + PATIENCE_NS / 1_000_000 + " ms");
                }
                selector.selectedKeys().clear();
                part.clear();
                if (channel.read(part) < 0) {
                    break;
                }
                answer.write(part.array(), 0, part.position());
            }
            return answer.toString(StandardCharsets.UTF_8);
        }
    }
}
