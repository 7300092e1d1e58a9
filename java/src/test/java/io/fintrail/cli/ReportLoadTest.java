package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fintrail.bench.Pile;
import io.fintrail.view.ReportHtml;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Twenty thousand stuck pairs: in how much memory they are reported, and whether the page can still be searched. */
@Tag("slow")
class ReportLoadTest {
    private static final int PAIRS = 20_000;

    @TempDir
    private Path directory;

    @Test
    void reportsTwentyThousandPairsInASmallHeap() throws Exception {
        Path journal = directory.resolve("journal");
        Path page = directory.resolve("report.html");
        Pile.write(journal, PAIRS);

        Process reporting = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + Reports.HOME.resolve("java/jvm.args"),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ReportLoadTest.class.getName(),
                        journal.toString(),
                        page.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("said.txt").toFile())
                .start();
        assertThat(reporting.waitFor(5, TimeUnit.MINUTES)).isTrue();
        System.out.print(Files.readString(directory.resolve("said.txt")));
        assertThat(reporting.exitValue()).isZero();

        JsonNode data = ReportHtmlTest.data(Files.readString(page));
        System.out.println("counted: a page of " + Files.size(page) / 1000 + " kB with "
                + data.get("rows").size() + " connections of " + 2 * PAIRS + ", "
                + data.get("stories").size() + " stories");
        assertThat(data.get("rows")).hasSize(20_000);
        assertThat(data.get("stories").size()).isBetween(1_000, 2_000);
        searches(page);
    }

    private void searches(Path page) throws Exception {
        try (Browser browser = new Browser(Files.createDirectory(directory.resolve("profile")))) {
            long fromNs = System.nanoTime();
            browser.open(page.toUri(), 1280, 900, false);
            browser.await("document.querySelectorAll('#table tbody tr').length === 100");
            long openedNs = System.nanoTime();
            browser.click("#search");
            browser.type("10.83.4.1:9999 fin_wait2");
            browser.await("document.querySelectorAll('#table tbody tr').length === 1");
            System.out.println("counted: opened in " + (openedNs - fromNs) / 1_000_000 + " ms, found in "
                    + (System.nanoTime() - openedNs) / 1_000_000 + " ms");
            assertThat(browser.complaints()).isEmpty();
        }
    }

    /** The child: reports the journal to the file. */
    public static void main(String[] args) throws IOException {
        long fromNs = System.nanoTime();
        try (Writer to = Files.newBufferedWriter(Path.of(args[1]))) {
            ReportHtml.write(Reports.of(Path.of(args[0])), to);
        }
        long used = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().startsWith("Tenured"))
                .mapToLong(ReportLoadTest::mostMib)
                .sum();
        System.out.println("counted: reported in " + (System.nanoTime() - fromNs) / 1_000_000 + " ms, at most " + used
                + " MiB of the old generation, of 256 in all");
    }

    private static long mostMib(MemoryPoolMXBean pool) {
        return pool.getPeakUsage().getUsed() >> 20;
    }
}
