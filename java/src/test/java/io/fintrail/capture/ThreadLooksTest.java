package io.fintrail.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ThreadLooksTest {
    @Test
    void tellsASleepingProcessFromAStoppedOne() throws IOException, InterruptedException {
        Process sleeping = new ProcessBuilder("sleep", "60").start();
        Process stopped = new ProcessBuilder("sleep", "60").start();
        try {
            new ProcessBuilder("kill", "-STOP", Long.toString(stopped.pid()))
                    .start()
                    .waitFor();
            awaitState(stopped.pid(), "T");
            awaitState(sleeping.pid(), "S");

            List<? extends Map<String, String>> looks =
                    ThreadLooks.at(List.of((int) sleeping.pid(), (int) stopped.pid()));

            assertThat(looks).hasSize(2);
            assertThat(looks.get(0))
                    .containsEntry("threads", "1")
                    .containsEntry("ran", "0")
                    .containsEntry("states", "S:1");
            assertThat(looks.get(1))
                    .containsEntry("pid", Long.toString(stopped.pid()))
                    .containsEntry("states", "T:1");
        } finally {
            sleeping.destroyForcibly();
            stopped.destroyForcibly();
        }
    }

    @Test
    void seesThatSomethingRuns() throws IOException {
        Process busy = new ProcessBuilder("sh", "-c", "while :; do :; done").start();
        try {
            assertThat(ThreadLooks.at(List.of((int) busy.pid())))
                    .singleElement()
                    .satisfies(look -> assertThat(look).containsEntry("ran", "1"));
        } finally {
            busy.destroyForcibly();
        }
    }

    @Test
    void saysNothingOfAProcessThatHasEnded() throws IOException, InterruptedException {
        Process over = new ProcessBuilder("true").start();
        over.waitFor();

        assertThat(ThreadLooks.at(List.of((int) over.pid()))).isEmpty();
        assertThat(ThreadLooks.at(List.of())).isEmpty();
    }

    private static void awaitState(long pid, String state) throws IOException {
        Path stat = Path.of("/proc", Long.toString(pid), "stat");
        while (!Files.readString(stat).contains(") " + state + " ")) {
            Thread.onSpinWait();
        }
    }
}
