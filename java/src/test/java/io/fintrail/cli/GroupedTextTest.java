package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.view.GroupedView;
import io.fintrail.view.TextView;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a screen shows of recordings of the lab. */
class GroupedTextTest {
    private static String shown(String trail) throws IOException {
        StringWriter out = new StringWriter();
        try (JournalSource source =
                JournalSource.open(Reports.HOME.resolve("java/src/test/resources/incident/" + trail + ".trail"))) {
            Analysis analysis = new Analysis(
                    verdict -> true,
                    verdict -> true,
                    clock -> new GroupedView(
                            new TextView(new PrintWriter(out), new PrintWriter(Writer.nullWriter()), clock, false)),
                    false,
                    Span.ALL);
            source.read(analysis.sink(), () -> false);
            analysis.finish(List.of());
        }
        return out.toString();
    }

    /** Whether haproxy runs is known once its threads were looked at, some seconds after its connections stand. */
    @Test
    void namesTheIncidentBeforeItsConnectionsHoweverLongThatTakes() throws IOException {
        String text = shown("frozen");

        assertThat(text)
                .containsSubsequence("INCIDENT opened  PROCESS_FROZEN", "CLOSE_WAIT_EOF_UNREAD (inferred)")
                .doesNotContainPattern("(?s)CLOSE_WAIT_EOF_UNREAD \\(inferred\\).*INCIDENT opened");
    }
}
