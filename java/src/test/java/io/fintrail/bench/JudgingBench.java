package io.fintrail.bench;

import com.sun.management.OperatingSystemMXBean;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TraceSink;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * How many events a second one thread judges, from decoded records to the problems' text, which goes nowhere. Only that
 * is measured: making a batch of records is not, and takes no garbage collection. Prints one line of JSON, with events by
 * the wall clock, and by the processor time of the whole JVM, collector and compiler included, which is what another
 * job on the same cores leaves comparable.
 *
 * <pre>
 * mvn -q -Dquick test-compile
 * java @java/jvm.args -Xmx256m -cp 'target/test-classes:target/classes:target/lib/*' \
 *     io.fintrail.bench.JudgingBench [EVENTS=1000000 [ROUNDS=7]]
 * </pre>
 *
 * Three rounds warm up; the stories of one round go on into the next. By default it reads 10 million events in all.
 */
public final class JudgingBench {
    private static final int WARM_UP_ROUNDS = 3;
    private static final long SECOND_NS = 1_000_000_000L;

    /** A CLOCK says up to when the rings are drained, which is a little before the last event. */
    private static final long CLOCK_LAG_NS = 50_000;

    private final OperatingSystemMXBean processor = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final ThreadMXBean thread = ManagementFactory.getThreadMXBean();
    private final Traffic traffic = new Traffic();
    private final TcpEvent event = new TcpEvent();
    private final Chain chain = new Chain();
    private long index;

    private JudgingBench() {
        chain.sink().onSession(traffic.session());
    }

    /** One round's events per second. */
    private record Round(long byWallClock, long byProcessorTime) {}

    public static void main(String[] args) {
        int events = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 7;
        JudgingBench bench = new JudgingBench();
        for (int i = 0; i < WARM_UP_ROUNDS; i++) {
            bench.round(events);
        }
        List<Round> measured = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            measured.add(bench.round(events));
        }
        System.out.println(bench.line(measured));
    }

    private Round round(int events) {
        long processorNs = -processor.getProcessCpuTime();
        long wallNs = 0;
        int done = 0;
        while (done < events) {
            processorNs += thread.getCurrentThreadCpuTime();
            traffic.fill();
            processorNs -= thread.getCurrentThreadCpuTime();
            long fromNs = System.nanoTime();
            judge(chain.sink());
            wallNs += System.nanoTime() - fromNs;
            done += traffic.count();
        }
        processorNs += processor.getProcessCpuTime();
        return new Round(done * SECOND_NS / wallNs, done * SECOND_NS / processorNs);
    }

    /** As JournalReader hands over a document and the CLOCK behind it. */
    private void judge(TraceSink sink) {
        for (int i = 0; i < traffic.count(); i++) {
            sink.onEvent(event.wrap(traffic.batch(), i * TcpEventLayout.SIZE), ++index);
        }
        sink.onClock(traffic.lastNs() - CLOCK_LAG_NS, 0);
    }

    private String line(List<Round> rounds) {
        Runtime runtime = Runtime.getRuntime();
        String verdicts = chain.stage.finals().entrySet().stream()
                .map(e -> "\"" + e.getKey() + "\":" + e.getValue())
                .collect(Collectors.joining(","));
        return String.format(
                "{\"type\":\"judging\",\"eventsPerSecond\":%s,\"eventsPerProcessorSecond\":%s,\"events\":%d,"
                        + "\"tracked\":%d,\"heapMb\":%d,\"verdicts\":{%s}}",
                spread(rounds, Round::byWallClock),
                spread(rounds, Round::byProcessorTime),
                index,
                chain.tracker.tracked(),
                (runtime.totalMemory() - runtime.freeMemory()) >> 20,
                verdicts);
    }

    private static String spread(List<Round> rounds, ToLongFunction<Round> figure) {
        long[] sorted = rounds.stream().mapToLong(figure).sorted().toArray();
        return String.format(
                "{\"min\":%d,\"median\":%d,\"max\":%d}",
                sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]);
    }
}
