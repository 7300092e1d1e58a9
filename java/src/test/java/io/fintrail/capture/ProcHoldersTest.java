package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ProcHoldersTest {
    private static Set<Long> ownSockets() throws IOException {
        Set<Long> inodes = new HashSet<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    inodes.add(ProcHolders.inodeIn(
                            Files.readSymbolicLink(descriptor).toString()));
                } catch (IOException e) {
                    // the stream's own
                }
            }
        }
        inodes.remove(0L);
        return inodes;
    }

    @Test
    void findsWhoHoldsASocket() throws IOException {
        Set<Long> before = ownSockets();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Set<Long> own = ownSockets();
            own.removeAll(before);
            assertThat(server.isBound()).isTrue();
            assertThat(own).hasSize(1);
            List<Integer> pids = new ArrayList<>();
            List<String> names = new ArrayList<>();

            ProcHolders.find(own::contains, (pid, comm, fd, inode) -> {
                pids.add(pid);
                names.add(new String(comm, StandardCharsets.UTF_8));
                assertThat(fd).isPositive();
                assertThat(own).contains(inode);
            });

            assertThat(pids).containsExactly((int) ProcessHandle.current().pid());
            assertThat(names).allSatisfy(name -> assertThat(name).isNotEmpty().doesNotEndWith("\n"));
        }
    }

    @Test
    void readsNothingButAnInode() {
        assertThat(ProcHolders.inodeIn("socket:[4711]")).isEqualTo(4711);
        for (String other : List.of(
                "",
                "pipe:[4711]",
                "/tmp/socket:[4711]",
                "socket:[]",
                "socket:[-1]",
                "socket:[4711",
                "socket:[47 11]",
                "socket:[99999999999999999999]",
                "socket:[٣]")) {
            assertThat(ProcHolders.inodeIn(other)).as(other).isZero();
        }
    }
}
