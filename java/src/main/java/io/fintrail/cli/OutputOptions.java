package io.fintrail.cli;

import io.fintrail.view.GroupedView;
import io.fintrail.view.JsonView;
import io.fintrail.view.TextView;
import io.fintrail.view.View;
import io.fintrail.view.WallClock;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Option;

/** How it is shown: verdicts on stdout, everything else on stderr. */
final class OutputOptions {
    enum Format {
        TEXT,
        JSONL,
        /** A journal as text that lasts: of replay alone. */
        TRAIL
    }

    @Option(names = "--format", paramLabel = "text|jsonl|trail", description = "Default: ${DEFAULT-VALUE}.")
    Format format = Format.TEXT;

    @Option(names = "--events", description = "Every event too, as it comes.")
    boolean events;

    private final PrintWriter out = new PrintWriter(
            new OutputStreamWriter(new FileOutputStream(FileDescriptor.out), StandardCharsets.UTF_8), false);
    private final PrintWriter err = new PrintWriter(
            new OutputStreamWriter(new FileOutputStream(FileDescriptor.err), StandardCharsets.UTF_8), true);

    View view(WallClock clock) {
        if (format == Format.TRAIL) {
            throw new IllegalArgumentException("--format trail is for replay: keep the journal (--keep DIR), then"
                    + " `fintrail replay DIR --format trail`");
        }
        return format == Format.JSONL
                ? new JsonView(out, clock)
                : new GroupedView(new TextView(out, err, clock, colour()));
    }

    PrintWriter out() {
        return out;
    }

    PrintWriter err() {
        return err;
    }

    static boolean colour() {
        return System.console() != null && System.getenv("NO_COLOR") == null;
    }

    /** The reader of stdout has gone (`| head`): there is nothing more to say. */
    boolean isBroken() {
        return out.checkError();
    }
}
