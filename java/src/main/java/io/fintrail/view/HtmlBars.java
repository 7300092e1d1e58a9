package io.fintrail.view;

import java.util.Map;

/** Counts as bars, each as long as its part of them all. */
final class HtmlBars {
    private HtmlBars() {}

    static void write(Html to, Map<String, ? extends Number> counts) {
        long all = Math.max(
                1, counts.values().stream().mapToLong(Number::longValue).sum());
        to.open("table", "class", "bars").open("tbody");
        counts.forEach((name, count) -> bar(to, name, count.longValue(), all));
        to.close().close();
    }

    private static void bar(Html to, String name, long count, long all) {
        String none = count == 0 ? "none" : "";
        to.open("tr").element("th", name, "scope", "row", "class", none);
        to.open("td", "class", "track");
        to.open("svg", "viewBox", "0 0 1000 10", "preserveAspectRatio", "none", "aria-hidden", "true");
        to.open("rect", "class", "ground", "width", "1000", "height", "10").close();
        to.open("rect", "width", String.valueOf(count * 1000 / all), "height", "10")
                .close();
        to.close().close();
        to.element("td", String.valueOf(count), "class", none).close();
    }
}
