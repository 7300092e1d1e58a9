package io.fintrail.live;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The program as a user starts it: a process of its own. */
final class Cli implements AutoCloseable {
    /** What a finished process said. */
    record Result(int exit, List<String> out, List<String> err) {}

    private final Process process;
    private final Path out;
    private final Path err;

    private Cli(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** @param wrapper a command that execs the rest, such as setpriv; may be empty */
    static Cli start(Path temporary, List<String> wrapper, String... arguments) throws IOException {
        Path out = Files.createTempFile(temporary, "out", ".txt");
        Path err = Files.createTempFile(temporary, "err", ".txt");
        List<String> command = new ArrayList<>(wrapper);
        Path settings = Path.of(System.getProperty("fintrail.home"), "java");
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + settings.resolve("jvm.args")));
        if (arguments[0].equals("audit")) {
            command.add("@" + settings.resolve("audit.args"));
        }
        command.addAll(List.of(
                "-Dfintrail.home=" + System.getProperty("fintrail.home"),
                "-Dfintrail.private=" + temporary.resolve("private"),
                "-cp",
                System.getProperty("java.class.path"),
                "io.fintrail.cli.Fintrail"));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        return new Cli(process, out, err);
    }

    static Result run(Path temporary, String... arguments) throws IOException {
        return run(temporary, List.of(), arguments);
    }

    static Result run(Path temporary, List<String> wrapper, String... arguments) throws IOException {
        try (Cli cli = start(temporary, wrapper, arguments)) {
            return cli.await();
        }
    }

    /** Waits until {@code text} stands on stdout or stderr. */
    void awaitText(String text) throws IOException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!(Files.readString(out) + Files.readString(err)).contains(text)) {
            if (System.nanoTime() > endNs || !process.isAlive()) {
                throw new AssertionError("'" + text + "' was never said; stderr: " + Files.readString(err));
            }
            java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
        }
    }

    /** Waits until that is true of the lines on stdout; false after 30 s, or when the program has ended. */
    boolean await(Predicate<List<String>> said) throws IOException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        boolean is = said.test(Files.readAllLines(out));
        while (!is && System.nanoTime() < endNs && process.isAlive()) {
            java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
            is = said.test(Files.readAllLines(out));
        }
        return is;
    }

    /** Whole lines only. */
    List<String> linesSoFar() throws IOException {
        String text = Files.readString(out);
        return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    }

    List<String> errorsSoFar() throws IOException {
        return Files.readAllLines(err);
    }

    long pid() {
        return process.pid();
    }

    /** SIGTERM: an orderly end. */
    Result stop() throws IOException {
        process.destroy();
        return await();
    }

    /** SIGTERM; what it said on stdout stays in this file: for output that is too much to be held. */
    Path stopUnread() throws IOException {
        process.destroy();
        end();
        return out;
    }

    /** SIGKILL. */
    void kill() throws IOException {
        process.destroyForcibly();
        await();
    }

    Result await() throws IOException {
        end();
        return new Result(process.exitValue(), Files.readAllLines(out), Files.readAllLines(err));
    }

    private void end() throws IOException {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("fintrail did not end; stderr: " + Files.readString(err));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lines that another program prints. */
    static List<String> linesOf(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            return lines.lines().toList();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
