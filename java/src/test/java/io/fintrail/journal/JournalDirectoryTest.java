package io.fintrail.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalDirectoryTest {
    @TempDir
    private Path parent;

    /** Another JVM that holds a private journal until its input ends. */
    static final class Owner {
        private Owner() {}

        public static void main(String[] args) throws IOException {
            JournalDirectory directory = JournalDirectory.temporary(Path.of(args[0]));
            System.out.println(directory.path());
            int ended = System.in.read();
            Runtime.getRuntime().halt(ended); // dies without removing anything
        }
    }

    private Process startOwner() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Owner.class.getName(),
                        parent.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static Path whatItHolds(Process owner) throws IOException {
        BufferedReader out = new BufferedReader(new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8));
        return Path.of(out.readLine());
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private Path recorded() throws IOException {
        Path directory = parent.resolve("audit");
        try (JournalDirectory first = JournalDirectory.keep(directory);
                JournalWriter writer = JournalWriter.kept(first.path(), Retention.FOREVER)) {
            writer.session(Recorded.session());
            writer.end(1);
        }
        return directory;
    }

    /** An upgrade: what another version wrote would stop each reader of the directory. */
    @Test
    void setsAsideWhatAnotherVersionWrote() throws IOException {
        Path directory = recorded();
        Path own = RollFiles.list(directory).values().iterator().next();
        Path older = own.resolveSibling(own.getFileName().toString().replaceFirst("^\\d{4}", "2020"));
        Files.writeString(older, "....SESSION format=2 layout=0123456789abcdef boot=1", StandardCharsets.ISO_8859_1);

        try (JournalDirectory kept = JournalDirectory.keepOn(directory)) {
            assertThat(RollFiles.list(kept.path()).values()).containsExactly(own);
        }

        assertThat(directory.resolve("layout-0123456789abcdef").resolve(older.getFileName()))
                .exists();
        assertThat(permissions(directory.resolve("layout-0123456789abcdef"))).isEqualTo("rwx------");
        try (JournalReader reader = JournalReader.open(directory)) {
            reader.readAll(new Recorded());
        }
    }

    @Test
    void doesNotMoveAQueueOfSomebodyElse() throws IOException {
        Path directory = recorded();
        Path queue = Files.writeString(directory.resolve("orders.cq4"), "not ours");

        assertThatThrownBy(() -> JournalDirectory.keepOn(directory))
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("orders.cq4");
        assertThat(queue).hasContent("not ours");
    }

    @Test
    void makesDirectoriesForTheirOwnerOnly() throws IOException {
        try (JournalDirectory kept = JournalDirectory.keep(parent.resolve("a/b"))) {
            assertThat(permissions(kept.path())).isEqualTo("rwx------");
            assertThat(permissions(parent.resolve("a"))).isEqualTo("rwx------");
        }
        try (JournalDirectory temporary = JournalDirectory.temporary(parent.resolve("run"))) {
            assertThat(permissions(temporary.path())).isEqualTo("rwx------");
            assertThat(permissions(parent.resolve("run"))).isEqualTo("rwx------");
        }
    }

    @Test
    void keepsWhatIsKeptAndRemovesWhatIsPrivate() throws IOException {
        Path kept;
        try (JournalDirectory directory = JournalDirectory.keep(parent.resolve("kept"))) {
            kept = directory.path();
        }
        Path temporary;
        try (JournalDirectory directory = JournalDirectory.temporary(parent)) {
            temporary = directory.path();
            Files.writeString(temporary.resolve("20261122-1540.cq4"), "x");
        }

        assertThat(kept).exists();
        assertThat(temporary).doesNotExist();
    }

    @Test
    void removesPrivateJournalsOfTheDeadAndNotOfTheLiving() throws IOException, InterruptedException {
        Process owner = startOwner();
        Path itsJournal = whatItHolds(owner);

        JournalDirectory.temporary(parent).close();
        assertThat(itsJournal).isDirectory();

        owner.getOutputStream().close();
        owner.waitFor();
        assertThat(itsJournal).isDirectory();

        JournalDirectory.temporary(parent).close();
        assertThat(itsJournal).doesNotExist();
    }

    /** POSIX drops a process's locks on a file as soon as it closes any descriptor of it. */
    @Test
    void keepsItsLockWhenTheSameProcessLooksForTheDead() throws IOException, InterruptedException {
        try (JournalDirectory first = JournalDirectory.temporary(parent);
                JournalDirectory second = JournalDirectory.temporary(parent)) {
            Process owner = startOwner();
            Path itsJournal = whatItHolds(owner);

            assertThat(first.path()).isDirectory();
            assertThat(second.path()).isDirectory().isNotEqualTo(itsJournal);

            owner.getOutputStream().close();
            owner.waitFor();
        }
    }

    @Test
    void leavesDirectoriesAloneThatItDidNotMake() throws IOException {
        Path foreign = Files.createDirectory(parent.resolve("somebody"));
        Path justBeingMade = Files.createDirectory(parent.resolve("live-1"));

        JournalDirectory.temporary(parent).close();

        assertThat(foreign).isDirectory();
        assertThat(justBeingMade).isDirectory();
    }

    @Test
    void refusesADirectoryThatAnotherWritesTo() throws IOException, InterruptedException {
        Process owner = startOwner();
        Path itsJournal = whatItHolds(owner);

        assertThatThrownBy(() -> JournalDirectory.keep(itsJournal))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(itsJournal.toString())
                .hasMessageContaining("another fintrail");

        owner.getOutputStream().close();
        owner.waitFor();
    }

    @Test
    void whatCannotBeRemovedNowIsLeftToTheNextStart() throws IOException {
        Path unlockable = Files.createDirectories(parent.resolve("live-1-x/fintrail.lock"))
                .getParent();
        try (JournalDirectory mine = JournalDirectory.temporary(parent)) {
            assertThat(mine.path()).isDirectory();
        }
        assertThat(unlockable).isDirectory();
    }
}
