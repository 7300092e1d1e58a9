package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelHeadersTest {
    private static final Instant LATER = Instant.parse("2100-01-01T00:00:00Z");
    private static final String RELEASE = "6.1.0-9-amd64";
    private static final String VERSION = "#1 SMP Debian 6.1.27-1 (2023-05-08)";
    private static final String OTHER_BUILD = "#1 SMP Debian 6.1.38-1 (2023-07-14)";

    @TempDir
    Path directory;

    private Path build;
    private Path running;
    private Instant bootedAt = Instant.EPOCH;

    @BeforeEach
    void headersOfThisBuild() throws IOException {
        build = directory.resolve("modules/build");
        running = directory.resolve("config-" + RELEASE);
        Files.createDirectories(directory.resolve("modules/source/include/linux"));
        write("include/generated/utsrelease.h", "#define UTS_RELEASE \"" + RELEASE + "\"\n");
        write("include/generated/utsversion.h", "#define UTS_VERSION \"" + VERSION + "\"\n");
        write("include/config/auto.conf", "CONFIG_HZ=250\nCONFIG_IPV6=y\n");
    }

    private void write(String file, String text) throws IOException {
        Path path = build.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private KernelHeaders read(String version) {
        return KernelHeaders.read(
                RELEASE,
                version,
                directory.resolve("modules"),
                new KernelHeaders.OfKernel(
                        directory.resolve("kheaders.tar.xz"), List.of(directory.resolve("unpacked")), bootedAt),
                List.of(directory.resolve("config.gz"), running));
    }

    @Test
    void takesThoseOfTheVeryBuild() {
        assertThat(read(VERSION).fit()).isTrue();
    }

    @Test
    void findsTheBuildWhereKernelsBefore61HaveIt() throws IOException {
        Files.delete(build.resolve("include/generated/utsversion.h"));
        write("include/generated/compile.h", "#define UTS_VERSION \"" + VERSION + "\"\n");

        assertThat(read(VERSION).fit()).isTrue();
    }

    @Test
    void refusesThoseOfAnotherRelease() throws IOException {
        write("include/generated/utsrelease.h", "#define UTS_RELEASE \"6.1.0-10-amd64\"\n");

        KernelHeaders headers = read(VERSION);

        assertThat(headers.fit()).isFalse();
        assertThat(headers.says()).endsWith("is of 6.1.0-10-amd64, this kernel is " + RELEASE);
        assertThat(headers.cure()).startsWith("apt-get install linux-headers-" + RELEASE);
    }

    @Test
    void takesAnotherBuildOfTheReleaseWhereItIsConfiguredAlike() throws IOException {
        Files.writeString(running, "# comment\nCONFIG_IPV6=y\nCONFIG_HZ=250\n# CONFIG_SMP is not set\n");

        assertThat(read(OTHER_BUILD).fit()).isTrue();
    }

    @Test
    void refusesAnotherConfigurationAndNamesWhatDiffers() throws IOException {
        Files.writeString(running, "CONFIG_HZ=1000\nCONFIG_IPV6=y\nCONFIG_DEBUG_SPINLOCK=y\n");

        KernelHeaders headers = read(OTHER_BUILD);

        assertThat(headers.fit()).isFalse();
        assertThat(headers.says()).contains("in 2 options (CONFIG_DEBUG_SPINLOCK, CONFIG_HZ)");
    }

    @Test
    void refusesWhatCannotBeCompared() {
        KernelHeaders headers = read(OTHER_BUILD);

        assertThat(headers.fit()).isFalse();
        assertThat(headers.says()).contains("another build").contains("config.gz");
    }

    @Test
    void readsTheConfigurationThatTheKernelGives() throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(directory.resolve("config.gz")))) {
            out.write("CONFIG_HZ=250\nCONFIG_IPV6=m\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        Files.writeString(running, "CONFIG_HZ=250\nCONFIG_IPV6=y\n"); // of no account: the kernel's own word is there

        assertThat(read(OTHER_BUILD).says()).contains("CONFIG_IPV6");
    }

    @Test
    void takesThoseThatTheKernelHasInItself() throws IOException {
        Files.delete(directory.resolve("modules/source/include/linux"));
        assertThat(read(VERSION).fit()).isFalse();

        Files.createFile(directory.resolve("kheaders.tar.xz"));

        assertThat(read(VERSION).fit()).isTrue();
    }

    @Test
    void refusesThoseThatWereUnpackedBeforeThisBoot() throws IOException {
        Files.delete(directory.resolve("modules/source/include/linux"));
        Files.createFile(directory.resolve("kheaders.tar.xz"));
        Path unpacked = Files.createDirectory(directory.resolve("unpacked"));

        Files.setLastModifiedTime(unpacked, FileTime.from(bootedAt.minusSeconds(1)));

        assertThat(read(VERSION).fit())
                .as("unpacked since, of an older archive")
                .isTrue();

        bootedAt = LATER;
        assertThat(read(VERSION).fit()).isFalse();
        assertThat(read(VERSION).cure()).isEqualTo("rm -r " + unpacked);
    }

    @Test
    void refusesAnotherBuildThatDoesNotSayHowItIsConfigured() throws IOException {
        Files.delete(build.resolve("include/config/auto.conf"));

        assertThat(read(OTHER_BUILD).fit()).isFalse();
    }

    @Test
    void choosesLibbpfWhereThereIsBtfAndElseBcc() {
        KernelHeaders none = new KernelHeaders(false, "build has no headers", "install them");

        assertThat(Loader.AUTO.resolve(true, () -> none)).isEqualTo(Loader.LIBBPF);
        assertThat(Loader.AUTO.resolve(false, () -> read(VERSION))).isEqualTo(Loader.BCC);
        assertThat(Loader.BCC.resolve(true, () -> none)).isEqualTo(Loader.BCC);
        assertThatThrownBy(() -> Loader.AUTO.resolve(false, () -> none))
                .isInstanceOf(CaptureException.class)
                .hasMessageContaining("no BTF")
                .hasMessageEndingWith(
                        "build has no headers: install them; or boot a kernel with CONFIG_DEBUG_INFO_BTF=y; `fintrail stuck` works without");
    }
}
