package io.fintrail.journal;

import io.fintrail.event.TcpEventLayout;
import java.util.LinkedHashMap;
import java.util.Map;

/** Bit sets of the record as comma-separated names; bits without a name are written in hexadecimal. */
final class TrailBits {
    static final TrailBits FLAGS = new TrailBits(Map.ofEntries(
            Map.entry("full", TcpEventLayout.FLAG_FULL_SOCKET),
            Map.entry("time-wait", TcpEventLayout.FLAG_TIME_WAIT),
            Map.entry("file", TcpEventLayout.FLAG_HAS_SOCKET_FILE),
            Map.entry("out-of-order", TcpEventLayout.FLAG_OUT_OF_ORDER),
            Map.entry("exiting", TcpEventLayout.FLAG_TASK_EXITING),
            Map.entry("kernel-thread", TcpEventLayout.FLAG_KERNEL_THREAD),
            Map.entry("subflow", TcpEventLayout.FLAG_MPTCP_SUBFLOW),
            Map.entry("segment", TcpEventLayout.FLAG_HAS_SEGMENT),
            Map.entry("outgoing", TcpEventLayout.FLAG_OUTGOING),
            Map.entry("tuple", TcpEventLayout.FLAG_TUPLE_FROM_SEGMENT),
            Map.entry("no-reason", TcpEventLayout.FLAG_NO_REASON),
            Map.entry("out-of-order-fin", TcpEventLayout.FLAG_OUT_OF_ORDER_FIN),
            Map.entry("outside-filters", TcpEventLayout.FLAG_OUTSIDE_FILTERS),
            Map.entry("from-diag", TcpEventLayout.FLAG_FROM_DIAG),
            Map.entry("time-wait-full", TcpEventLayout.FLAG_TIME_WAIT_FULL)));
    static final TrailBits SOCKET =
            new TrailBits(Map.of("dead", 1, "done", 1 << 1, "keepopen", 1 << 3, "linger", 1 << 4));
    static final TrailBits SEGMENT =
            new TrailBits(Map.of("FIN", 1, "SYN", 2, "RST", 4, "PSH", 8, "ACK", 16, "URG", 32));

    private final Map<String, Integer> byName = new LinkedHashMap<>();

    private TrailBits(Map<String, Integer> names) {
        names.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .forEach(e -> byName.put(e.getKey(), e.getValue()));
    }

    String format(int bits) {
        StringBuilder text = new StringBuilder();
        int rest = bits;
        for (Map.Entry<String, Integer> bit : byName.entrySet()) {
            if ((bits & bit.getValue()) != 0) {
                text.append(text.length() == 0 ? "" : ",").append(bit.getKey());
                rest &= ~bit.getValue();
            }
        }
        if (rest != 0) {
            text.append(text.length() == 0 ? "" : ",").append("0x").append(Integer.toHexString(rest));
        }
        return text.length() == 0 ? "-" : text.toString();
    }

    int parse(String text) {
        if (text.equals("-")) {
            return 0;
        }
        int bits = 0;
        for (String name : text.split(",")) {
            Integer bit = byName.get(name);
            bits |= bit != null ? bit : unnamed(name);
        }
        return bits;
    }

    private int unnamed(String text) {
        if (!text.startsWith("0x")) {
            throw new IllegalArgumentException("'" + text + "' is none of " + String.join(", ", byName.keySet()));
        }
        return Integer.parseUnsignedInt(text.substring(2), 16);
    }
}
