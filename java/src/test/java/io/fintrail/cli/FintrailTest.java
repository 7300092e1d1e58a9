package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class FintrailTest {
    @Test
    void whatIsMadeForOneCommandAloneIsTheSameCommand() {
        CommandLine all = Fintrail.commandLine();
        int alone = 0;
        for (String name : all.getSubcommands().keySet()) {
            CommandLine line = Fintrail.commandLineFor(name, "--help");
            assertThat(line.getSubcommands().get(name).getUsageMessage())
                    .as(name)
                    .isEqualTo(all.getSubcommands().get(name).getUsageMessage());
            alone += line.getSubcommands().size() == 1 ? 1 : 0;
        }
        assertThat(alone).isEqualTo(all.getSubcommands().size() - 2); // completion and help speak of all
    }

    @Test
    void allCommandsAreThereWhereNoneStandsFirst() {
        int all = Fintrail.commandLine().getSubcommands().size();
        assertThat(Fintrail.commandLineFor().getSubcommands()).hasSize(all);
        assertThat(Fintrail.commandLineFor("--help", "live").getSubcommands()).hasSize(all);
        assertThat(Fintrail.commandLineFor("lvie").getSubcommands()).hasSize(all);
    }
}
