package io.fintrail.cli;

import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.view.ConnectionStory;
import io.fintrail.view.FoundList;
import io.fintrail.view.StoryView;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The story of one connection. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description =
                "Tells one connection's story: who, what happened in which order, what is not certain, the verdict."
                        + " Of a proxied session it tells both legs, where they are known to belong together.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fintrail explain /var/tmp/j 4711                               by socket cookie",
            "  fintrail explain /var/tmp/j 4711.2                             its second connection",
            "  fintrail explain /var/tmp/j 10.0.0.1:443-10.0.0.9:33332        by addresses, local first",
            "  fintrail explain /var/tmp/j 10.0.0.1:443-10.0.0.9:33332 --nth 3   the third that had them"
        })
final class ExplainCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "JOURNAL",
            description = "A directory from `record` or `live --keep`, or a .trail file.")
    private Path journal = Path.of("");

    @Parameters(index = "1", paramLabel = "SOCKET", description = "COOKIE, COOKIE.GENERATION, or LOCAL-REMOTE.")
    private String socket = "";

    @Option(
            names = "--nth",
            paramLabel = "N",
            description = "Which one, where several connections match: they are listed with their numbers.")
    private int nth;

    @Override
    public Integer call() throws IOException {
        OutputOptions output = new OutputOptions();
        return tell(output.out(), output.err());
    }

    int tell(PrintWriter out, PrintWriter err) throws IOException {
        if (nth < 0) {
            throw new IllegalArgumentException("--nth counts from 1, and is " + nth);
        }
        ConnectionSearch search = new ConnectionSearch(SocketQuery.parse(socket), nth);
        LifecycleTracker tracker = new LifecycleTracker(search);
        long removedBefore;
        try (JournalSource source = JournalSource.open(journal)) {
            source.read(search.watching(tracker), () -> false);
            removedBefore = source.removedBefore();
        }
        tracker.finish();
        ConnectionStory story = search.story(removedBefore);
        if (story != null) {
            new StoryView(out, err, OutputOptions.colour()).show(story);
            return ExitCode.DONE;
        }
        if (search.count() == 0 || nth > 0) {
            throw new IllegalArgumentException(nothingFound(search));
        }
        new FoundList(out).show(socket, search.count(), search.newest());
        return ExitCode.DONE;
    }

    private String nothingFound(ConnectionSearch search) {
        if (search.count() > 0) {
            return "--nth " + nth + ": only " + search.count() + " connections in " + journal + " match " + socket;
        }
        String hint = search.hint();
        return "no connection in " + journal + " matches " + socket
                + (hint != null
                        ? "; " + hint
                        : "; `fintrail replay " + journal + " --all --format jsonl` lists those that were judged");
    }
}
