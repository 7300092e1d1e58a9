package io.fintrail.capture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Whether the headers that BCC would compile against are those of the running kernel. Those of another release or
 * configuration compile just as well, and every field is then read from the wrong place.
 *
 * @param says where they are, or what is wrong with them
 * @param cure empty where they fit
 */
record KernelHeaders(boolean fit, String says, String cure) {
    private static final Pattern DEFINED = Pattern.compile("#define\\s+(UTS_RELEASE|UTS_VERSION)\\s+\"(.*)\"");
    private static final int DIFFERENCES_NAMED = 3;
    /** What has BCC look in other places, or believe in another version. */
    private static final List<String> ELSEWHERE =
            List.of("BCC_KERNEL_SOURCE", "BCC_KERNEL_MODULES_SUFFIX", "BCC_LINUX_VERSION_CODE", "ARCH");

    /**
     * Headers that the kernel has in itself.
     *
     * @param unpacked where BCC may have unpacked them to, once: it takes what it finds there (get_proc_kheaders)
     */
    record OfKernel(Path archive, List<Path> unpacked, Instant bootedAt) {
        private KernelHeaders judge() {
            for (Path folder : unpacked) {
                if (Files.exists(folder) && made(folder).isBefore(bootedAt)) {
                    return new KernelHeaders(
                            false,
                            folder + " is of an earlier boot, so perhaps of another build, and BCC would take it",
                            "rm -r " + folder);
                }
            }
            return new KernelHeaders(true, archive + ", the running kernel's own", "");
        }

        /** When its inode was changed last: tar sets the time of modification to what the archive says. */
        private static Instant made(Path folder) {
            try {
                return ((FileTime) Files.getAttribute(folder, "unix:ctime")).toInstant();
            } catch (IOException e) {
                throw new CaptureException("cannot look at " + folder, e);
            }
        }
    }

    static KernelHeaders ofThisKernel() {
        for (String variable : ELSEWHERE) {
            if (System.getenv(variable) != null) {
                return new KernelHeaders(
                        false, variable + " is set: BCC would take that for this kernel's", "unset " + variable);
            }
        }
        String release = HostFacts.kernelRelease();
        return read(
                release,
                HostFacts.firstLine(Path.of("/proc/sys/kernel/version")),
                Path.of("/lib/modules", release),
                new OfKernel(
                        Path.of("/sys/kernel/kheaders.tar.xz"),
                        Stream.of("/tmp", System.getenv().getOrDefault("TMPDIR", "/tmp"))
                                .distinct()
                                .map(folder -> Path.of(folder, "kheaders-" + release))
                                .toList(),
                        HostFacts.bootedAt()),
                List.of(Path.of("/proc/config.gz"), Path.of("/boot/config-" + release)));
    }

    /**
     * @param version of the running kernel, what `uname -v` prints: its build
     * @param modules its directory of modules, where its headers are linked as build and source
     * @param configurations where its configuration may be; the first that is there counts
     */
    static KernelHeaders read(
            String release, String version, Path modules, OfKernel ofKernel, List<Path> configurations) {
        String install = "apt-get install linux-headers-" + release
                + " (or your distribution's kernel headers or kernel-devel package of that version)";
        Path build = modules.resolve("build");
        if (!hasHeaders(modules)) {
            return Files.exists(ofKernel.archive)
                    ? ofKernel.judge()
                    : new KernelHeaders(false, build + " has no headers", install);
        }
        Map<String, String> names = definitions(build.resolve("include/generated"));
        String builtAs = names.getOrDefault("UTS_RELEASE", "an unknown release");
        if (!builtAs.equals(release)) {
            return new KernelHeaders(false, build + " is of " + builtAs + ", this kernel is " + release, install);
        }
        if (version.equals(names.get("UTS_VERSION"))) {
            return new KernelHeaders(true, build + ", of this very build", "");
        }
        return compare(build, configurations, install);
    }

    /** As BCC looks for them: distributions keep what all configurations share in `source`. */
    private static boolean hasHeaders(Path modules) {
        return Stream.of("build", "source")
                        .anyMatch(d -> Files.isDirectory(modules.resolve(d).resolve("include/linux")))
                && Files.isDirectory(modules.resolve("build/include/generated"));
    }

    private static KernelHeaders compare(Path build, List<Path> configurations, String install) {
        Path builtWith = build.resolve("include/config/auto.conf");
        if (!Files.isReadable(builtWith)) {
            return new KernelHeaders(
                    false,
                    build + " is of another build of this release, and does not say how it is configured",
                    install);
        }
        Optional<Path> own = configurations.stream().filter(Files::isReadable).findFirst();
        if (own.isEmpty()) {
            return new KernelHeaders(
                    false,
                    build + " is of another build of this release, and this kernel's configuration is not in "
                            + configurations,
                    install);
        }
        TreeMap<String, String> running = KernelConfiguration.read(own.get());
        TreeMap<String, String> built = KernelConfiguration.read(builtWith);
        List<String> different = Stream.concat(running.keySet().stream(), built.keySet().stream())
                .distinct()
                .filter(option -> !running.getOrDefault(option, "n").equals(built.getOrDefault(option, "n")))
                .toList();
        if (running.isEmpty() || !different.isEmpty()) {
            return new KernelHeaders(
                    false,
                    build + " differs from " + own.get() + " in " + different.size() + " options ("
                            + String.join(", ", different.subList(0, Math.min(DIFFERENCES_NAMED, different.size())))
                            + ")",
                    install);
        }
        return new KernelHeaders(true, build + ", configured as " + own.get() + " is", "");
    }

    /** UTS_VERSION moved from compile.h to utsversion.h in 6.1. */
    private static Map<String, String> definitions(Path generated) {
        Map<String, String> found = new TreeMap<>();
        for (String file : List.of("utsrelease.h", "utsversion.h", "compile.h")) {
            Path path = generated.resolve(file);
            if (!Files.isReadable(path)) {
                continue;
            }
            try (Stream<String> lines = Files.lines(path)) {
                lines.map(DEFINED::matcher)
                        .filter(Matcher::find)
                        .forEach(m -> found.putIfAbsent(m.group(1), m.group(2)));
            } catch (IOException e) {
                throw new CaptureException("cannot read " + path, e);
            }
        }
        return found;
    }
}
