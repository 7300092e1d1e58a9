package io.fintrail.live;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * tcpdump on the device of one namespace. Of what this end sends it sees what has passed the OUTPUT firewall, of what
 * arrives it sees everything, before the INPUT firewall. The namespace, and so its number, lives until {@link #close}.
 */
final class PacketCapture implements AutoCloseable {
    private static final String DEVICE = "lab0";
    private static final String FILTER = "tcp or icmp or icmp6";
    private static final Pattern COUNTS = Pattern.compile(
            "(\\d+) packets? captured, (\\d+) packets? received by filter, (\\d+) packets? dropped by kernel");

    private final Path file;
    private final FileInputStream namespace;
    private final Process process;
    private final BufferedReader messages;

    /** Taken before its filter was in place, and thrown away: never to be written. */
    private long unfiltered;

    private PacketCapture(Path file, String netns) throws IOException {
        this.file = file;
        namespace = new FileInputStream(netns);
        String[] command = ("nsenter --net=" + netns + " tcpdump -Z root -U --immediate-mode -s 160 -n -i " + DEVICE
                        + " -w - " + FILTER)
                .split(" ");
        process = new ProcessBuilder(command).redirectOutput(file.toFile()).start();
        messages = new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
    }

    /** Returns once every packet from now on will be seen. */
    static PacketCapture start(Path file, String netns) throws IOException, InterruptedException {
        PacketCapture capture = new PacketCapture(file, netns);
        boolean isReady = false;
        try {
            capture.awaitReady();
            isReady = true;
            return capture;
        } finally {
            if (!isReady) {
                capture.close();
            }
        }
    }

    private void awaitReady() throws IOException, InterruptedException {
        String line = messages.readLine();
        while (line != null && !line.contains("listening on")) {
            line = messages.readLine();
        }
        if (line == null) {
            throw new IOException("tcpdump did not start: is it installed?");
        }
        unfiltered = unwritten();
    }

    /** Everything that has passed until now: asks tcpdump until it has written all that the kernel held for it. */
    List<Segment> stop() throws IOException, InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (unwritten() > unfiltered) {
            if (System.nanoTime() > endNs) {
                throw new IOException("tcpdump did not write what the kernel holds for it");
            }
            Thread.onSpinWait();
        }
        signal("INT");
        if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("tcpdump did not end in order");
        }
        return PcapReader.read(file);
    }

    /** How many packets the kernel has taken for it and it has not written. */
    private long unwritten() throws IOException, InterruptedException {
        signal("USR1");
        String line = messages.readLine();
        Matcher counts = COUNTS.matcher(line == null ? "" : line);
        if (!counts.find() || !counts.group(3).equals("0")) {
            throw new IOException("the capture is not complete: tcpdump says " + line);
        }
        return Long.parseLong(counts.group(2)) - Long.parseLong(counts.group(1));
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        namespace.close();
    }
}
