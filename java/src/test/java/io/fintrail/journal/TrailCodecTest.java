package io.fintrail.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fintrail.event.Endpoint;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import io.fintrail.event.TraceSink;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrailCodecTest {
    private static final Session SESSION = Recorded.session(
            "drop.3", "NO_SOCKET", "drop.65535", "", "reset.7", "TCP_STATE", "comment", "a b=c%#d\u00e4");

    /** Any record that the kernel side could write, and many that it would not. */
    private static ByteBuffer record(Random random, TcpEventKind kind) {
        byte[] bytes = new byte[TcpEventLayout.SIZE];
        random.nextBytes(bytes);
        ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        record.putLong(TcpEventLayout.KTIME_NS, random.nextLong(Long.MAX_VALUE));
        record.putLong(TcpEventLayout.COOKIE, random.nextInt(4) - 1);
        record.put(TcpEventLayout.KIND, (byte) kind.number());
        record.put(TcpEventLayout.NEW_STATE, (byte) random.nextInt(13));
        record.put(TcpEventLayout.OLD_STATE, (byte) random.nextInt(13));
        if (kind != TcpEventKind.STATE && record.get(TcpEventLayout.NEW_STATE) == 0) {
            record.put(TcpEventLayout.OLD_STATE, (byte) 0);
        }
        boolean named = kind == TcpEventKind.SEGMENT_FREED || kind == TcpEventKind.RESET_SENT;
        if (!named || (record.getShort(TcpEventLayout.FLAGS) & TcpEventLayout.FLAG_NO_REASON) != 0) {
            record.putInt(TcpEventLayout.REASON, 0);
        }
        boolean ipv4 = random.nextBoolean();
        record.put(TcpEventLayout.FAMILY, (byte) (ipv4 ? 4 : 6));
        putAddress(record, TcpEventLayout.LOCAL_ADDRESS, ipv4);
        putAddress(record, TcpEventLayout.REMOTE_ADDRESS, ipv4);
        endComm(record, random.nextInt(17));
        return record;
    }

    private static void putAddress(ByteBuffer record, int at, boolean ipv4) {
        if (ipv4) {
            record.put(at, Endpoint.mapped(new byte[] {10, 0, 0, record.get(at)}));
        }
    }

    /** The kernel pads with NUL. */
    private static void endComm(ByteBuffer record, int length) {
        for (int i = length; i < 16; i++) {
            record.put(TcpEventLayout.COMM + i, (byte) 0);
        }
        for (int i = 0; i < length; i++) {
            if (record.get(TcpEventLayout.COMM + i) == 0) {
                record.put(TcpEventLayout.COMM + i, (byte) 0xff);
            }
        }
    }

    private static String write(List<ByteBuffer> records) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        TraceSink writer = new TrailWriter(out);
        writer.onSession(SESSION);
        long index = 1;
        for (ByteBuffer record : records) {
            writer.onEvent(new TcpEvent().wrap(record, 0), index++);
        }
        out.flush();
        return text.toString();
    }

    private static List<TcpEvent> read(String trail) throws IOException {
        Recorded recorded = new Recorded();
        TrailReader.read(new BufferedReader(new StringReader(trail)), recorded);
        return recorded.events;
    }

    private static String hex(TcpEvent event) {
        byte[] bytes = new byte[TcpEventLayout.SIZE];
        event.copyTo(ByteBuffer.wrap(bytes));
        return HexFormat.of().formatHex(bytes);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void losesNoByteOfWhateverRecord(long seed) throws IOException {
        Random random = new Random(seed);
        List<ByteBuffer> records = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            records.add(record(random, TcpEventKind.of(1 + random.nextInt(8))));
        }

        String trail = write(records);

        assertThat(read(trail).stream().map(TrailCodecTest::hex).toList())
                .isEqualTo(records.stream()
                        .map(record -> hex(new TcpEvent().wrap(record, 0)))
                        .toList());
    }

    @Test
    void leavesOutWhatDidNotChange() {
        ByteBuffer record = record(new Random(7), TcpEventKind.STATE);
        record.putLong(TcpEventLayout.COOKIE, 47);
        record.putShort(TcpEventLayout.FLAGS, (short) TcpEventLayout.FLAG_FULL_SOCKET);
        record.put(TcpEventLayout.TCP_FLAGS, (byte) 0);
        record.putInt(TcpEventLayout.SEND_ERROR, 0);
        record.put(TcpEventLayout.SEGMENT_SEQ, new byte[12]);

        List<String> lines = write(List.of(record, record)).lines().toList();

        assertThat(lines.get(3)).endsWith(" to=" + TcpState.of(record.get(TcpEventLayout.NEW_STATE)));
        assertThat(lines.get(2).length()).isGreaterThan(lines.get(3).length());
    }

    @Test
    void forgetsASocketAtItsDestroy() throws IOException {
        String trail = """
                1 STATE socket=47 from=SYN_RECV to=ESTABLISHED local=10.0.0.1:1 remote=10.0.0.2:2 write_seq=9
                2 DESTROY socket=47
                3 STATE socket=47 from=SYN_RECV to=ESTABLISHED
                """;

        List<TcpEvent> events = read(trail);

        assertThat(events.get(1).writeSeq()).isEqualTo(9);
        assertThat(events.get(2).writeSeq()).isZero();
        assertThat(events.get(2).localPort()).isZero();
    }

    @Test
    void keepsCommsThatAreNoText() throws IOException {
        byte[][] comms = {
            {},
            {'=', '#', '%', ' '},
            {(byte) 0xff, (byte) 0xfe},
            "0123456789abcdef".getBytes(StandardCharsets.US_ASCII),
            {27, '[', '2', 'J', '\n'}
        };
        List<ByteBuffer> records = new ArrayList<>();
        for (byte[] comm : comms) {
            ByteBuffer record = record(new Random(9), TcpEventKind.STATE);
            record.put(TcpEventLayout.COMM, new byte[16]);
            record.put(TcpEventLayout.COMM, comm);
            records.add(record);
        }

        String trail = write(records);

        assertThat(trail.chars()).allMatch(c -> c == '\n' || (c >= ' ' && c < 0x7f));
        assertThat(read(trail)).extracting(TcpEvent::commBytes).containsExactly(comms);
    }

    @Test
    void carriesTheSessionWithWhateverText() throws IOException {
        Recorded recorded = new Recorded();

        TrailReader.read(new BufferedReader(new StringReader(write(List.of()))), recorded);

        assertThat(recorded.sessions).hasSize(1);
        assertThat(recorded.sessions.get(0).fields()).isEqualTo(SESSION.fields());
    }

    @Test
    void givesATrailWithoutSessionTheUsualOne() throws IOException {
        Recorded recorded = new Recorded();

        TrailReader.read(new BufferedReader(new StringReader("# by hand\n\n1.5 CLOCK\n")), recorded);

        assertThat(recorded.sessions.get(0).hz()).isEqualTo(1000);
        assertThat(recorded.lines).last().isEqualTo("clock 1500000000 0");
    }

    @Test
    void takesCommentsAndEventNumbersApart() throws IOException {
        Recorded recorded = new Recorded();
        String trail = "1 DESTROY #12 socket=1 # the end #13 x\n2 DESTROY socket=1 #nothing=here\n";

        TrailReader.read(new BufferedReader(new StringReader(trail)), recorded);

        assertThat(recorded.lines.subList(1, 3))
                .containsExactly("event 12 DESTROY 1000000000 1", "event 13 DESTROY 2000000000 1");
    }

    @Test
    void carriesAGapThatHasNoEnd() throws IOException {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        io.fintrail.event.Gap gap =
                new io.fintrail.event.Gap(5, Long.MAX_VALUE, 3, TcpEventKind.SEGMENT_FREED, "ring full = bad");
        new TrailWriter(out).onGap(gap);
        Recorded recorded = new Recorded();

        TrailReader.read(new BufferedReader(new StringReader(text.toString())), recorded);

        assertThat(recorded.gaps).containsExactly(gap);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 STATE socket=47 colour=red|colour",
                "1 STATE socket=47 to=OPEN|OPEN",
                "1 PARTY socket=47|PARTY",
                "1 STATE socket|socket",
                "yesterday STATE socket=47|yesterday",
                "1 SEGMENT_FREED reason=BOREDOM|BOREDOM",
                "1 STATE flags=big|big",
                "1 STATE comm=a%4|%XX",
                "1 STATE local=10.0.0.1:99999|99999",
                "1|KIND"
            })
    void namesTheLineThatItCannotRead(String line, String says) {
        String trail = "# comment\n0 SESSION hz=1000\n" + line + "\n";

        assertThatThrownBy(() -> read(trail))
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("line 3")
                .hasMessageContaining(says);
    }

    @Test
    void refusesATrailOfALaterVersion() {
        assertThatThrownBy(() -> read("# fintrail trail 2\n1 CLOCK\n"))
                .isInstanceOf(DamagedJournalException.class)
                .hasMessageContaining("# fintrail trail 2")
                .hasMessageContaining("# fintrail trail 1");
    }
}
