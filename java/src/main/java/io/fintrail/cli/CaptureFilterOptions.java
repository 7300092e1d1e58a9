package io.fintrail.cli;

import io.fintrail.capture.CaptureException;
import io.fintrail.capture.CaptureFilter;
import io.fintrail.capture.HostFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Which connections are told of at all: filtered in the kernel. */
class CaptureFilterOptions {
    @Option(names = "--port", split = ",", paramLabel = "N", description = "Either end has this port (up to 16).")
    List<Integer> ports = new ArrayList<>();

    @Option(names = "--address", paramLabel = "CIDR", description = "Either end is in this range, e.g. 10.0.0.0/8.")
    String address = "";

    @Option(
            names = "--netns",
            paramLabel = "all|self|PID|PATH",
            description = "Network namespace of the socket (default: all).")
    String netns = "all";

    /** @throws IllegalArgumentException saying what is wrong */
    CaptureFilter inKernel() {
        return CaptureFilter.of(ports, address, netnsInode());
    }

    private long netnsInode() {
        if (netns.equals("all")) {
            return 0;
        }
        Path path = netns.equals("self") || netns.matches("\\d+") ? Path.of("/proc", netns, "ns/net") : Path.of(netns);
        try {
            return HostFacts.netnsInode(path);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "--netns " + netns + ": cannot look at " + path + " (no such process or file, or no permission)",
                    e);
        } catch (UnsupportedOperationException e) {
            throw new CaptureException("this file system gives no inode numbers: use --netns all", e);
        }
    }
}
