package io.fintrail.view;

import io.fintrail.event.TcpState;
import java.util.List;

/**
 * How many connections were in which state over time, as lines that step from sample to sample. The drawing stretches with
 * the page and holds no text; what is written beside it stays as large as the rest.
 */
final class HtmlChart {
    private static final List<TcpState> DRAWN = List.of(
            TcpState.ESTABLISHED,
            TcpState.FIN_WAIT1,
            TcpState.FIN_WAIT2,
            TcpState.CLOSING,
            TcpState.LAST_ACK,
            TcpState.CLOSE_WAIT);

    private static final int WIDTH = 1_000;
    private static final int HEIGHT = 240;
    private static final int GRID_LINES = 4;

    private final Html to;
    private final List<StateSamples.Sample> samples;
    private final WallClock wall = WallClock.ofWall();

    HtmlChart(Html to, List<StateSamples.Sample> samples) {
        this.to = to;
        this.samples = samples;
    }

    void write() {
        List<TcpState> seen = DRAWN.stream().filter(state -> most(state) > 0).toList();
        to.open("section", "aria-labelledby", "states-title");
        to.element("h2", "States over time", "id", "states-title");
        if (samples.size() < 2 || seen.isEmpty()) {
            to.element("p", "There is nothing to draw: the recording is too short, or holds no connection.");
            to.close();
            return;
        }
        long top = top(seen.stream().mapToLong(this::most).max().orElse(1));
        to.open("div", "class", "chart").open("div", "class", "y", "aria-hidden", "true");
        for (int line = GRID_LINES; line >= 0; line--) {
            to.element("span", String.valueOf(top * line / GRID_LINES));
        }
        to.close();
        drawing(seen, top);
        to.open("div", "class", "x");
        for (int part = 0; part <= 2; part++) {
            to.element("span", wall.ofDay(fromNs() + spanNs() * part / 2));
        }
        to.close().close();
        legend(seen);
        to.element("p", samples.size() + " samples, as far as events and snapshots tell.", "class", "muted");
        to.close();
    }

    private void drawing(List<TcpState> seen, long top) {
        to.open(
                "svg",
                "viewBox",
                "0 0 " + WIDTH + " " + HEIGHT,
                "preserveAspectRatio",
                "none",
                "role",
                "img",
                "aria-label",
                "Connections in each state over time; the numbers are in the list below");
        for (int line = 0; line <= GRID_LINES; line++) {
            int y = HEIGHT * line / GRID_LINES;
            to.open("path", "class", "grid", "d", "M0 " + y + "H" + WIDTH).close();
        }
        for (TcpState state : seen) {
            to.open("path", "class", "line " + state, "d", path(state, top)).close();
        }
        to.close();
    }

    private String path(TcpState state, long top) {
        StringBuilder path = new StringBuilder();
        long drawn = -1;
        for (StateSamples.Sample sample : samples) {
            long x = (sample.wallNs() - fromNs()) * WIDTH / Math.max(1, spanNs());
            long y = HEIGHT - count(sample, state) * HEIGHT / top;
            if (path.length() == 0) {
                path.append("M").append(x).append(' ').append(y);
            } else if (y != drawn) {
                path.append('H').append(x).append('V').append(y);
            }
            drawn = y;
        }
        return path.append('H').append(WIDTH).toString();
    }

    private void legend(List<TcpState> seen) {
        StateSamples.Sample last = samples.get(samples.size() - 1);
        to.open("ul", "class", "legend");
        for (TcpState state : seen) {
            to.open("li").open("svg", "viewBox", "0 0 32 10", "aria-hidden", "true");
            to.open("path", "class", "line " + state, "d", "M0 5H32").close().close();
            to.text(state + ": " + count(last, state) + " at the end, " + most(state) + " at most")
                    .close();
        }
        to.close();
    }

    private long fromNs() {
        return samples.get(0).wallNs();
    }

    private long spanNs() {
        return samples.get(samples.size() - 1).wallNs() - fromNs();
    }

    private long most(TcpState state) {
        return samples.stream().mapToLong(sample -> count(sample, state)).max().orElse(0);
    }

    private static long count(StateSamples.Sample sample, TcpState state) {
        return sample.counts().getOrDefault(state, 0);
    }

    /** The next number that can be quartered and read. */
    private static long top(long most) {
        for (long power = 4; ; power *= 10) {
            for (long top : new long[] {power, 2 * power, 5 * power}) {
                if (top >= most) {
                    return top;
                }
            }
        }
    }
}
