package io.fintrail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file that is passed on: nothing in it can act but its own script. */
class ReportHtmlTest {
    private static final Pattern POLICY =
            Pattern.compile("<meta http-equiv=\"Content-Security-Policy\" content=\"([^\"]*)\">");
    private static final Pattern DATA =
            Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL);
    private static final Pattern SCRIPT = Pattern.compile("<script>(.*?)</script>", Pattern.DOTALL);
    private static final Pattern STYLE = Pattern.compile("<style>(.*?)</style>", Pattern.DOTALL);
    private static final Pattern TAG = Pattern.compile("<[a-zA-Z][^>]*>");

    /** A breakout, a sequence that clears a terminal, a line separator, and a letter turned round. */
    private static final String HOSTILE =
            "/%3c/script%3e%3cimg%20src%3dx%20onerror%3dalert(1)%3e%1b[2J%e2%80%a8%e2%80%ae%22'&{{data}}";

    @TempDir
    private Path directory;

    static String found(Pattern pattern, String html) {
        Matcher found = pattern.matcher(html);
        assertThat(found.find()).as(pattern.pattern()).isTrue();
        return found.group(1);
    }

    static JsonNode data(String html) throws IOException {
        return new ObjectMapper().readTree(found(DATA, html));
    }

    private static String example() {
        return Reports.html(Reports.of(Reports.EXAMPLE));
    }

    /** The example, where whatever the host names is an attack. */
    static String hostileTrail() throws IOException {
        return Files.readString(Reports.EXAMPLE)
                .replace("executable=/usr/sbin/haproxy", "executable=" + HOSTILE)
                .replace("comm=haproxy", "comm=%3c/script%3e%3cb%20x=1%1b[J".replace("=1", "%3d1"))
                .replace(" host=vm ", " host=%3c!--%3cscript%3e ");
    }

    private String hostile() throws IOException {
        Path trail = Files.writeString(directory.resolve("hostile.trail"), hostileTrail());
        return Reports.html(Reports.of(trail));
    }

    private static String hash(String text) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    }

    @Test
    void letsOnlyItsOwnScriptAndStyleAct() throws Exception {
        String html = example();

        assertThat(found(POLICY, html))
                .isEqualTo("default-src 'none'; script-src " + hash(found(SCRIPT, html)) + "; style-src "
                        + hash(found(STYLE, html)) + "; img-src 'none'; base-uri 'none'; form-action 'none'");
    }

    @Test
    void hasOneScriptAndNothingThatThePolicyWouldBlock() {
        String html = example();

        assertThat(html.split("<script", -1)).hasSize(3); // the data, the script
        assertThat(TAG.matcher(html).results().map(tag -> tag.group()))
                .noneMatch(tag -> tag.matches("(?s).* (style|on[a-z]+|src)\\s*=.*"))
                .noneMatch(tag -> tag.matches("(?s)<(link|img|iframe|object|embed|base).*"));
        assertThat(html).doesNotContain("innerHTML", "http://", "https://", "eval(");
    }

    @Test
    void showsWhatTheHostNamesAsTextAlone() throws IOException {
        String html = hostile();

        assertThat(html.split("<script", -1)).hasSize(3);
        assertThat(html)
                .contains(
                        "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;\\x1b[2J\\u2028\\u202e&quot;&#39;&amp;{{data}}")
                .contains("<title>&lt;!--&lt;script&gt;: 1 incident</title>")
                .doesNotContain("<img", "<b x", "\u001b", "\u2028", "\u202e", "<!--<");
        assertThat(TAG.matcher(html).results().map(tag -> tag.group())).noneMatch(tag -> tag.contains("onerror"));
    }

    @Test
    void hasNothingInItsDataThatCouldEndIt() throws IOException {
        String data = found(DATA, hostile());

        assertThat(data).doesNotContain("<", ">", "&", "\u2028", "\u2029").contains("\\u003C/script\\u003E");
        assertThat(new ObjectMapper().readTree(data).get("words").toString()).contains("</script><b x=1\\\\x1b");
    }

    @Test
    void canBeReadWithoutItsScript() {
        String html = example().replaceAll("(?s)<script.*?</script>", "");

        assertThat(html)
                .contains("haproxy[7287] holds 8 proxied sessions on :8686")
                .contains("What cannot be known from here")
                .contains("our FIN was acknowledged")
                .contains("<noscript>");
    }

    @Test
    void saysThatThereIsNoIncident() {
        assertThat(Reports.html(Reports.withoutIncident(Reports.EXAMPLE)))
                .contains("<title>vm: no incident</title>", "<h2>No incident</h2>", "16 connections were judged");
    }
}
