package io.fintrail.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.fintrail.event.Endpoint;
import io.fintrail.event.SocketId;
import io.fintrail.event.TcpState;
import io.fintrail.verdict.Certainty;
import io.fintrail.verdict.Severity;
import io.fintrail.verdict.VerdictName;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which connections a report has room for. */
class ReportTableTest {
    private static ReportRow row(long cookie, Severity severity, boolean isFinal) {
        return new ReportRow(
                1,
                new SocketId(cookie, 1),
                1,
                new Endpoint(0, 1, 80),
                new Endpoint(0, 2, 40_000),
                null,
                TcpState.FIN_WAIT2,
                VerdictName.FIN_MISSING_HELD,
                Certainty.CERTAIN,
                severity,
                isFinal,
                cookie,
                false,
                cookie,
                "local",
                "not seen",
                "",
                0,
                "");
    }

    private static LongStream cookies(ReportTable table) {
        return table.all().stream().mapToLong(row -> row.id().cookie());
    }

    @Test
    void hasTheNewestWordOnEachConnection() {
        ReportTable table = new ReportTable(3);
        table.put(row(1, Severity.PROBLEM, false));
        table.put(row(1, Severity.OK, true));

        assertThat(table.all()).singleElement().extracting(ReportRow::isFinal).isEqualTo(true);
    }

    @Test
    void putsWhatStandsBeforeWhatWentWrongAndThatBeforeWhatWentWell() {
        ReportTable table = new ReportTable(9);
        table.put(row(1, Severity.OK, true));
        table.put(row(2, Severity.PROBLEM, true));
        table.put(row(4, Severity.PROBLEM, false));
        table.put(row(3, Severity.PROBLEM, false));

        assertThat(cookies(table)).containsExactly(3L, 4L, 2L, 1L);
    }

    @Test
    void givesUpWhatIsWorthLeastWhereThereIsNoRoom() {
        ReportTable table = new ReportTable(2);
        table.put(row(1, Severity.OK, true));
        table.put(row(2, Severity.PROBLEM, false));
        ReportTable.Put problem = table.put(row(3, Severity.PROBLEM, false));
        ReportTable.Put clean = table.put(row(4, Severity.OK, true));
        ReportTable.Put another = table.put(row(5, Severity.PROBLEM, false));

        assertThat(problem.isKept()).isTrue();
        assertThat(problem.gone()).isEqualTo(new ReportTable.Key(1, new SocketId(1, 1)));
        assertThat(clean.isKept()).isFalse();
        assertThat(another.isKept()).isFalse();
        assertThat(cookies(table)).containsExactly(2L, 3L);
    }
}
