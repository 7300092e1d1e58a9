package io.fintrail.cli;

import io.fintrail.event.Endpoint;
import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictSink;
import io.fintrail.verdict.VerdictStage;
import io.fintrail.view.StoryView;
import io.fintrail.view.WallClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The story of one connection. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = "Tells one connection's story: every event of it, then the verdict.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fintrail explain /var/tmp/j 4711                               by socket cookie",
            "  fintrail explain /var/tmp/j 4711.2                             its second connection",
            "  fintrail explain /var/tmp/j 10.0.0.1:443-10.0.0.9:33332        by addresses, local first"
        })
final class ExplainCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "JOURNAL", description = "A directory from `live --keep`, or a .trail file.")
    private Path journal = Path.of("");

    @Parameters(index = "1", paramLabel = "SOCKET", description = "COOKIE, COOKIE.GENERATION, or LOCAL-REMOTE.")
    private String socket = "";

    @Override
    public Integer call() throws IOException {
        OutputOptions output = new OutputOptions();
        Last last = new Last(wanted(socket));
        LifecycleTracker tracker = new LifecycleTracker(new VerdictStage(last));
        try (JournalSource source = JournalSource.open(journal)) {
            source.read(tracker, () -> false);
        }
        tracker.finish();
        if (last.verdicts.isEmpty()) {
            throw new IllegalArgumentException("no judged connection in " + journal + " matches '" + socket
                    + "'; `replay " + journal + " --all` lists them");
        }
        WallClock clock = new WallClock(tracker::wallOffsetNs);
        StoryView view = new StoryView(output.out(), output.err(), clock, OutputOptions.colour());
        last.verdicts.values().forEach(view::show);
        return ExitCode.DONE;
    }

    private static Predicate<SocketLifecycle> wanted(String socket) {
        if (socket.matches("\\d+")) {
            return story -> Long.toUnsignedString(story.id().cookie()).equals(socket);
        }
        if (socket.matches("\\d+\\.\\d+")) {
            return story -> story.id().toString().equals(socket);
        }
        int dash = socket.indexOf('-');
        if (dash < 0) {
            throw new IllegalArgumentException("'" + socket + "' is no COOKIE, COOKIE.GENERATION or LOCAL-REMOTE");
        }
        Endpoint local = Endpoint.parse(socket.substring(0, dash));
        Endpoint remote = Endpoint.parse(socket.substring(dash + 1));
        return story -> story.local().equals(local) && story.remote().equals(remote);
    }

    /** Keeps the newest verdict on each wanted connection. */
    private static final class Last implements VerdictSink {
        private final Map<Object, Verdict> verdicts = new LinkedHashMap<>();
        private final Predicate<SocketLifecycle> wanted;

        Last(Predicate<SocketLifecycle> wanted) {
            this.wanted = wanted;
        }

        @Override
        public void onSession(Session session) {}

        @Override
        public void onVerdict(Verdict verdict) {
            if (wanted.test(verdict.story())) {
                verdicts.put(verdict.story().id(), verdict);
            }
        }

        @Override
        public void onGap(Gap gap) {}
    }
}
