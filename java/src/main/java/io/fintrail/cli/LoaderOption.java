package io.fintrail.cli;

import io.fintrail.capture.Loader;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** `--loader`, the same for whatever loads programs. */
final class LoaderOption {
    @Option(
            names = "--loader",
            paramLabel = "auto|libbpf|bcc",
            converter = Parser.class,
            description =
                    "How the programs get into the kernel: libbpf takes a kernel with BTF; bcc compiles them here,"
                            + " against this kernel's headers (default: auto, the first that this host has).")
    Loader loader = Loader.AUTO;

    static final class Parser implements picocli.CommandLine.ITypeConverter<Loader> {
        @Override
        public Loader convert(String text) {
            for (Loader loader : Loader.values()) {
                if (loader.toString().equals(text)) {
                    return loader;
                }
            }
            throw new TypeConversionException("'" + text + "' is none of auto, libbpf and bcc");
        }
    }
}
