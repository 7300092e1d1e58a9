package io.fintrail.incident;

import io.fintrail.event.Gap;
import io.fintrail.event.Session;
import io.fintrail.journal.TrailReader;
import io.fintrail.lifecycle.LifecycleTracker;
import io.fintrail.verdict.Verdict;
import io.fintrail.verdict.VerdictSink;
import io.fintrail.verdict.VerdictStage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is told of incidents in recordings of the lab. */
final class Trails {
    private static final VerdictSink NOWHERE = new VerdictSink() {
        @Override
        public void onSession(Session session) {}

        @Override
        public void onVerdict(Verdict verdict) {}

        @Override
        public void onGap(Gap gap) {}
    };

    private Trails() {}

    /** Of a trail after {@code edit} of its lines. */
    static List<Incident> incidents(String trail, UnaryOperator<Stream<String>> edit) throws IOException {
        return incidents(trail, edit, false);
    }

    /** The same where another run of a recorder begins after it. */
    static List<Incident> incidentsAndAnotherRun(String trail) throws IOException {
        return incidents(trail, lines -> lines, true);
    }

    private static List<Incident> incidents(String trail, UnaryOperator<Stream<String>> edit, boolean another)
            throws IOException {
        Path file = Path.of(Objects.requireNonNull(Trails.class.getResource("/incident/" + trail + ".trail"))
                .getPath());
        String text;
        try (Stream<String> lines = Files.lines(file)) {
            text = edit.apply(lines).collect(Collectors.joining("\n", "", "\n"));
        }
        List<Incident> told = new ArrayList<>();
        IncidentStage stage = new IncidentStage(NOWHERE, verdict -> true, told::add);
        LifecycleTracker tracker = new LifecycleTracker(new VerdictStage(stage));
        try (BufferedReader lines = new BufferedReader(new StringReader(text))) {
            TrailReader.read(lines, tracker);
        }
        tracker.finish();
        stage.finish();
        if (another) {
            stage.onRunEnd();
        }
        return told;
    }
}
