package io.fintrail.cli;

import io.fintrail.capture.CaptureException;
import io.fintrail.capture.CaptureFilter;
import io.fintrail.capture.SnapshotPlan;
import io.fintrail.capture.Traced;
import io.fintrail.capture.Tracer;
import io.fintrail.journal.TrailReader;
import io.fintrail.verdict.Verdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Three closes that go wrong and a few that do not, staged with real sockets and traced as they happen. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description =
                "Stages a lost FIN, a peer that never closes and a leaked CLOSE_WAIT in private network namespaces,"
                        + " and traces them live. Where that cannot be, shows a recording of it.",
        footerHeading = "%nExamples:%n",
        footer = {"  fintrail demo", "  fintrail demo --format jsonl"})
final class DemoCommand implements Callable<Integer> {
    private static final String RECORDING = "demo.trail";
    /** Wherever the lab finds room: other labs may run beside it, and what they stage is not shown. */
    private static final String LAB_ADDRESSES = "10.83.0.0/16";

    private static final Pattern NAMESPACE = Pattern.compile("\"inum\": ?(\\d+)");
    private static final int RING_BYTES = 1 << 20;
    private static final long STUCK_AFTER_NS = 1_000_000_000L;
    /** One situation of the lab, and what it is in words. */
    private record Staged(String says, List<String> situation) {}

    private static final List<Staged> STAGED = List.of(
            new Staged("five healthy closes, of which nothing is said", List.of("clean-active", "5")),
            new Staged("a FIN that the peer's firewall eats, with all its repeats", List.of("fin-lost")),
            new Staged("a peer that does not close for two seconds", List.of("fin-missing-held", "--hold", "2")));

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--keep", paramLabel = "DIR", description = "Keep the journal there, for replay and explain.")
    private @Nullable Path keep;

    @Override
    public Integer call() throws IOException {
        Path lab = Path.of(System.getProperty("fintrail.home", ""), "tools", "lab");
        Tracer tracer;
        try {
            if (!Files.isExecutable(lab)) {
                throw new CaptureException("tools/lab is not part of this installation");
            }
            tracer = Tracer.attach(
                    CaptureFilter.of(List.of(), LAB_ADDRESSES, 0),
                    RING_BYTES,
                    SnapshotPlan.usual(STUCK_AFTER_NS),
                    Traced.CLOSES);
        } catch (CaptureException e) {
            output.err().println("fintrail: nothing can be staged and traced here: " + e.getMessage());
            return showRecording();
        }
        Set<Long> staged = ConcurrentHashMap.newKeySet();
        Predicate<Verdict> problems = new FilterOptions().onOutput();
        Analysis analysis = new Analysis(
                verdict -> problems.test(verdict)
                        && staged.contains(verdict.story().netns()),
                output::view,
                output.events);
        AtomicReference<@Nullable String> failure = new AtomicReference<>();
        try (LiveSession session = new LiveSession(() -> tracer, keep)) {
            Thread stage = new Thread(() -> stage(lab, session, staged, failure), "stage");
            stage.setDaemon(true);
            session.run(analysis, stage::start, output::isBroken);
        }
        String failed = failure.get();
        if (failed != null) {
            throw new CaptureException(failed);
        }
        return ExitCode.DONE;
    }

    private void stage(Path lab, LiveSession session, Set<Long> staged, AtomicReference<@Nullable String> failure) {
        try {
            for (Staged each : STAGED) {
                output.err().println("fintrail: staging " + each.says());
                int code = stage(lab, each.situation(), staged);
                if (code != 0) {
                    failure.set("tools/lab " + String.join(" ", each.situation()) + " ended with " + code
                            + ": run it by itself to see why");
                }
            }
        } catch (IOException e) {
            failure.set("cannot start tools/lab: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            session.stop();
        }
    }

    /** The lab says first which namespaces it has made. */
    private static int stage(Path lab, List<String> situation, Set<Long> staged)
            throws IOException, InterruptedException {
        ProcessBuilder command = new ProcessBuilder(lab.toString());
        command.command().addAll(situation);
        command.redirectError(ProcessBuilder.Redirect.INHERIT);
        Process process = command.start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines.lines()
                    .forEach(line -> NAMESPACE
                            .matcher(line)
                            .results()
                            .forEach(found -> staged.add(Long.parseLong(found.group(1)))));
        }
        return process.waitFor();
    }

    private int showRecording() throws IOException {
        output.err().println("fintrail: what follows is a recording of the same, judged now");
        Analysis analysis = new Analysis(new FilterOptions().onOutput(), output::view, output.events);
        try (InputStream in = Objects.requireNonNull(DemoCommand.class.getResourceAsStream(RECORDING));
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            analysis.view().onReady("replaying the shipped recording");
            TrailReader.read(lines, analysis.sink());
        }
        analysis.finish(List.of());
        return ExitCode.DONE;
    }
}
