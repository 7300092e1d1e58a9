package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class ReplayCommandTest {
    @ParameterizedTest
    @ValueSource(strings = {"text", "jsonl"})
    void refusesToAnonymizeWhatIsNoTrail(String format) {
        StringWriter err = new StringWriter();
        CommandLine line = Fintrail.commandLine().setErr(new PrintWriter(err, true));

        int exit = line.execute("replay", "/no/such/journal", "--anonymize", "--format", format);

        assertThat(exit).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .startsWith("fintrail: --anonymize is for --format trail")
                .hasLineCount(1);
    }
}
