package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.view.Report;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The report in a real browser: chromium, headless. */
@Tag("live")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportBrowserTest {
    private static final Path SHOTS = Reports.HOME.resolve("target/report-screenshots");

    private Browser browser;
    private URI page;
    private URI hostilePage;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        Files.createDirectories(SHOTS);
        Report report = Reports.of(Reports.EXAMPLE);
        page = Files.writeString(directory.resolve("report.html"), Reports.html(report))
                .toUri();
        Path trail = Files.writeString(directory.resolve("hostile.trail"), ReportHtmlTest.hostileTrail());
        hostilePage = Files.writeString(directory.resolve("hostile.html"), Reports.html(Reports.of(trail)))
                .toUri();
        browser = new Browser(Files.createDirectory(directory.resolve("profile")));
    }

    @AfterAll
    void stop() throws Exception {
        browser.close();
    }

    @ParameterizedTest
    @CsvSource({"1280, 900, false", "1280, 900, true", "390, 844, false", "390, 844, true"})
    void fitsTheWindowAndLoadsNothing(int width, int height, boolean dark) throws Exception {
        browser.open(page, width, height, dark);
        browser.await("document.querySelectorAll('#table tbody tr').length === 16");
        browser.click("#table tbody tr .open");
        browser.await("document.querySelectorAll('#table .detail .timeline li').length > 5");
        browser.screenshot(SHOTS.resolve(width + (dark ? "-dark" : "-light") + ".png"), width);

        assertThat(browser.value("document.documentElement.scrollWidth").asInt())
                .isLessThanOrEqualTo(width);
        assertThat(browser.requests()).containsExactly(page.toString());
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void opensTheTimelineOfBothLegs() throws Exception {
        browser.open(page, 1280, 900, false);
        browser.click("#search");
        browser.type("11834216.1 fin_wait2");
        browser.await("document.querySelectorAll('#table tbody tr').length === 1");
        browser.click("#table tbody tr .open");
        browser.await("document.querySelector('#table .detail') !== null");

        String told = browser.value("document.querySelector('#table .detail').innerText")
                .asText();
        assertThat(told).contains("front", "back", "our FIN was acknowledged", "the journal ends");

        browser.click("#table tbody tr .open");
        browser.await("document.querySelector('#table .detail') === null");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void findsWhatIsSearchedFor() throws Exception {
        browser.open(page, 1280, 900, false);
        browser.click("#search");
        browser.type("40003 haproxy");
        browser.await("document.querySelectorAll('#table tbody tr').length === 1");
        assertThat(browser.value("document.querySelector('#table tbody').innerText")
                        .asText())
                .contains("10.83.4.1:40003");
        assertThat(browser.value("document.getElementById('count').textContent").asText())
                .isEqualTo("1 of 16 connections match");

        browser.value("document.getElementById('search').value = ''");
        browser.type(" ");
        browser.value("(() => { const s = document.getElementById('verdict'); s.value = 'CLOSE_WAIT_PAIRED';"
                + " s.dispatchEvent(new Event('change')); })()");
        browser.await("document.querySelectorAll('#table tbody tr').length === 8");
    }

    @Test
    void leadsFromTheIncidentToItsOldestConnection() throws Exception {
        browser.open(page, 1280, 900, false);
        browser.click(".incident a[href^='#socket-']");
        browser.await("document.querySelectorAll('#table .detail .timeline li').length > 5");

        assertThat(browser.requests()).containsExactly(page.toString());
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void showsNamesThatAttackItAsText() throws Exception {
        browser.open(hostilePage, 390, 844, false);
        browser.await("document.querySelectorAll('#table tbody tr').length === 16");
        browser.click("#table tbody tr .open");
        browser.await("document.querySelector('#table .detail') !== null");

        assertThat(browser.value("document.querySelectorAll('img, b, script').length")
                        .asInt())
                .isEqualTo(2);
        assertThat(browser.value("document.querySelector('#table .detail').innerText")
                        .asText())
                .contains("</script><b x=1\\x1b[");
        assertThat(browser.value("document.title").asText()).isEqualTo("<!--<script>: 1 incident");
        assertThat(browser.value("document.documentElement.scrollWidth").asInt())
                .isLessThanOrEqualTo(390);
        assertThat(browser.requests()).containsExactly(hostilePage.toString());
        assertThat(browser.complaints()).isEmpty();
    }
}
