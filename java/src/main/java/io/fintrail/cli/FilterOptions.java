package io.fintrail.cli;

import io.fintrail.capture.CaptureFilter;
import io.fintrail.verdict.VerdictName;
import io.fintrail.view.VerdictFilter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Which connections are shown: ports, address and namespace also in the kernel, the rest on output alone. */
final class FilterOptions extends CaptureFilterOptions {
    @Option(names = "--pid", paramLabel = "N", description = "Only sockets that this process holds, or held last.")
    int pid;

    @Option(
            names = "--comm",
            paramLabel = "NAME",
            description = "Only sockets that a process of this name holds, or held last.")
    String comm = "";

    @Option(names = "--verdict", split = ",", paramLabel = "NAME", description = "Only these verdicts.")
    List<VerdictName> verdicts = new ArrayList<>();

    @Option(names = "--all", description = "Clean closes and notices too, not only problems.")
    boolean all;

    /** Anything but the usual: problems, of everybody. */
    boolean areGiven() {
        boolean where = !ports.isEmpty() || !address.isEmpty() || !netns.equals("all");
        return all || where || pid != 0 || !comm.isEmpty() || !verdicts.isEmpty();
    }

    VerdictFilter onOutput() {
        CaptureFilter filter = inKernel();
        return new VerdictFilter(
                all || !verdicts.isEmpty(),
                java.util.Set.copyOf(verdicts),
                pid,
                comm,
                java.util.Set.copyOf(filter.ports()),
                filter.address(),
                filter.prefixBits(),
                filter.netns());
    }
}
