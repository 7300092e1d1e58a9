package io.fintrail.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A writer that is killed: what it had put is there, once, and nothing else is. */
class JournalCrashTest {
    private static final int RUNS = Integer.getInteger("crash.runs", 12);
    private static final int RUNS_IN_ONE_DIRECTORY = 4;

    private final Random random = new Random(7);

    @TempDir
    private Path parent;

    @Test
    void losesNothingThatWasPutAndInventsNothing() throws IOException {
        long records = 0;
        for (int run = 0; run < RUNS; run++) {
            Path directory = parent.resolve("j" + run / RUNS_IN_ONE_DIRECTORY);
            java.nio.file.Files.createDirectories(directory);
            long put = writeUntilKilled(directory, "run" + run);
            Recorded recorded = new Recorded();
            try (JournalReader reader = JournalReader.open(directory)) {
                reader.readAll(recorded);
            }
            int from = indexOfRun(recorded, run % RUNS_IN_ONE_DIRECTORY);
            int found = recorded.events.size() - from;
            assertThat((long) found).as("records of run " + run).isBetween(put, put + 300);
            assertThat(recorded.gaps).isEmpty();
            for (int i = 0; i < found; i++) {
                requireSame(recorded.events.get(from + i), i + 1);
            }
            records += found;
        }
        System.out.println(
                "counted: " + RUNS + " writers killed: " + records + " records there, none lost, none twice");
    }

    /** Where the events of the nth run in a directory begin: their numbers start anew. */
    private static int indexOfRun(Recorded recorded, int nth) {
        int begun = -1;
        for (int i = 0; i < recorded.events.size(); i++) {
            begun += recorded.events.get(i).ktimeNs() == 1 ? 1 : 0;
            if (begun == nth) {
                return i;
            }
        }
        return recorded.events.size();
    }

    private static void requireSame(TcpEvent event, long number) {
        ByteBuffer found = ByteBuffer.allocateDirect(TcpEventLayout.SIZE).order(ByteOrder.nativeOrder());
        event.copyTo(found);
        if (!found.flip().equals(CrashingWriter.records(number, 1))) {
            throw new AssertionError("record " + number + " is not what was put");
        }
    }

    /** Returns the number of the last record that the writer said it had put. */
    private long writeUntilKilled(Path directory, String run) throws IOException {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + Path.of(System.getProperty("fintrail.home"), "java", "jvm.args"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashingWriter.class.getName(),
                        directory.toString(),
                        run)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        long put = 0;
        int drains = random.nextInt(600);
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while ((line = said.readLine()) != null) {
                put = Long.parseLong(line);
                if (drains-- == 0) {
                    writer.toHandle().destroyForcibly(); // the pipe keeps what was said
                }
            }
        } finally {
            writer.destroyForcibly();
        }
        return put;
    }
}
