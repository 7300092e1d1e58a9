package io.fintrail.view;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What becomes of text on its way into a page. */
class HtmlTest {
    @Test
    void leavesNothingThatCouldBeATagAnAttributeOrAnEntity() {
        assertThat(new Html()
                        .element("p", "<b a=\"1\" b='2'>&amp;\u001b\u2028", "title", "\"><script>")
                        .toString())
                .isEqualTo("<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;"
                        + "\\x1b\\u2028</p>\n");
    }

    @Test
    void showsWhatStandsBetweenBackticksAsCode() {
        assertThat(new Html().prose("set `a <b>`, not `c").toString())
                .isEqualTo("set <code>a &lt;b&gt;</code>, not `c");
    }
}
