package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ManPagesTest {
    @TempDir
    Path directory;

    @Test
    void hasAPageForEachCommandWithEachOfItsOptions() throws IOException {
        ManPages.main(new String[] {directory.toString(), "2026-01-31", "1.2.3"});
        try (Stream<Path> pages = Files.list(directory)) {
            assertThat(pages.map(p -> p.getFileName().toString()))
                    .hasSize(Fintrail.commandLine().getSubcommands().size())
                    .contains("fintrail.1", "fintrail-live.1", "fintrail-completion.1")
                    .doesNotContain("fintrail-help.1");
        }
        String live = Files.readString(directory.resolve("fintrail-live.1"));
        assertThat(live)
                .startsWith(".TH \"FINTRAIL\\-LIVE\" 1 \"2026-01-31\" \"fintrail 1.2.3\"")
                .contains("\\fB\\-\\-snapshot\\-every\\fR=\\fIDUR\\fR")
                .contains("\\fBfintrail\\-replay\\fR(1)");
        assertThat(Files.readString(directory.resolve("fintrail.1")))
                .contains(".SH \"EXIT STATUS\"\n0 done")
                .contains("\\fBaudit\\fR");
    }

    @Test
    void takesNoTextForARequest() {
        Troff page = new Troff();
        page.text(".SH 'a' \\fB `b` \"c\" - ^~ \u00e4");
        page.text("'so x");
        page.text("   .x");
        assertThat(page.toString().lines())
                .containsExactly(
                        "\\&.SH \\(aqa\\(aq \\efB \\(gab\\(ga \\(dqc\\(dq \\- \\(ha\\(ti \\[u00E4]",
                        "\\(aqso x",
                        "\\&   .x");
    }
}
