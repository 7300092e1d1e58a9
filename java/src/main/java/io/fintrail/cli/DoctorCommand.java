package io.fintrail.cli;

import io.fintrail.capture.HostCheck;
import io.fintrail.view.CheckView;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Can this host be traced, and what would be missing. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description =
                "Says whether this host can be traced, by which loader, which facts would be missing, and what cures what cannot.",
        footerHeading = "%nExamples:%n",
        footer = {"  fintrail doctor", "  fintrail doctor --format jsonl"})
final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private LoaderOption loader = new LoaderOption();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        List<HostCheck.Result> results = HostCheck.run(loader.loader);
        new CheckView(output.out(), output.format == OutputOptions.Format.JSONL)
                .show(results.stream()
                        .map(r -> new CheckView.Line(
                                r.name(), r.status().name().toLowerCase(java.util.Locale.ROOT), r.says(), r.cure()))
                        .toList());
        return results.stream().anyMatch(r -> r.status() == HostCheck.Status.FAIL) ? ExitCode.CANNOT : ExitCode.DONE;
    }
}
