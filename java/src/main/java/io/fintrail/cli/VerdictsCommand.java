package io.fintrail.cli;

import io.fintrail.view.CataloguePage;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** The catalogue, for those who have no browser at hand. */
@Command(
        name = "verdicts",
        mixinStandardHelpOptions = true,
        description = "Lists every verdict and finding: meaning, evidence, certainty, who must act, what to do.",
        footerHeading = "%nExamples:%n",
        footer = {"  fintrail verdicts | less", "  fintrail verdicts | grep -A 8 CLOSE_WAIT_PAIRED"})
final class VerdictsCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        new CataloguePage(new OutputOptions().out()).print();
        return ExitCode.DONE;
    }
}
