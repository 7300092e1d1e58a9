package io.fintrail.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** 24 MiB of memory as a disk, in a mount namespace of its own. */
final class SmallDisk implements AutoCloseable {
    private final Process holder;
    private final Path path;

    SmallDisk(Path mountPoint) throws IOException {
        path = Files.createDirectory(mountPoint);
        holder = new ProcessBuilder(
                        "unshare",
                        "-m",
                        "sh",
                        "-c",
                        "mount -t tmpfs -o size=24m,mode=700 fintrail-test " + path
                                + " && echo mounted && exec sleep 300")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat((char) holder.getInputStream().read()).isEqualTo('m');
    }

    /** For those that see it. */
    Path path() {
        return path;
    }

    /** A command that lets the rest see it. */
    List<String> wrapper() {
        return List.of("nsenter", "-m", "-t", Long.toString(holder.pid()), "--");
    }

    private Path fill() {
        return Path.of("/proc", Long.toString(holder.pid()), "root" + path, "fill");
    }

    void fillUp() throws IOException {
        byte[] block = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(fill())) {
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    void makeRoom() throws IOException {
        Files.delete(fill());
    }

    @Override
    public void close() {
        holder.destroyForcibly();
        holder.onExit().join();
    }
}
