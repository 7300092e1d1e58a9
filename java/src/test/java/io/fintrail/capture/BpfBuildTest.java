package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the object says of where it comes from, and what its build says where it cannot be made. */
class BpfBuildTest {
    private static final Path SOURCES = Path.of("bpf");

    @Test
    void theObjectNamesItsCompilerAndItsSources() throws IOException, NoSuchAlgorithmException {
        String line = new String(resource("fintrail.build"), StandardCharsets.UTF_8);
        String object = new String(resource("fintrail.bpf.o"), StandardCharsets.ISO_8859_1);

        assertThat(line).matches(".*clang version \\d+.*, sources " + hash()).isSubstringOf(object);
        assertThat(object)
                .as("where it was built")
                .doesNotContain(SOURCES.toAbsolutePath().toString());
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = LoadedPrograms.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }

    /** `cat fintrail.bpf.c *.h Makefile | sha256sum`, in the order of names, as far as it is told. */
    private static String hash() throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (Stream<Path> files = Files.list(SOURCES)) {
            List<Path> ordered = files.filter(path -> path.toString().endsWith(".h") || path.endsWith("fintrail.bpf.c"))
                    .sorted()
                    .toList();
            for (Path path : ordered) {
                digest.update(Files.readAllBytes(path));
            }
        }
        digest.update(Files.readAllBytes(SOURCES.resolve("Makefile")));
        return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    }

    @Test
    void withoutClangItsBuildSaysWhatToInstall(@TempDir Path out) throws IOException, InterruptedException {
        Process make = new ProcessBuilder("make", "-C", "bpf", "CLANG=no-such-compiler", "OUT=" + out)
                .redirectErrorStream(true)
                .start();
        String said = new String(make.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(make.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(make.exitValue()).isNotZero();
        assertThat(said).contains("no no-such-compiler: apt-get install clang llvm libbpf-dev");
    }
}
