package io.fintrail.capture;

import io.fintrail.capture.libbpf.MappedRing;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The programs' source in one text, with what they are told written into it: BCC has no other way. */
final class ProgramText {
    private static final String MAIN = "fintrail.bcc.c";
    private static final Pattern OWN_INCLUDE = Pattern.compile("(?m)^#include \"(.+)\"$");

    private ProgramText() {}

    /**
     * @param config struct tracer_config, in native order
     * @param ringBytes of the one ring
     */
    static String of(ByteBuffer config, int ringBytes) {
        return "#define FINTRAIL_CONFIG " + initializer(config) + "\n#define FINTRAIL_RING_PAGES "
                + ringBytes / MappedRing.PAGE + "\n" + withIncludes(MAIN, new HashSet<>());
    }

    private static String withIncludes(String name, Set<String> included) {
        included.add(name);
        return OWN_INCLUDE
                .matcher(read(name))
                .replaceAll(include -> Matcher.quoteReplacement(
                        included.contains(include.group(1)) ? "" : withIncludes(include.group(1), included)));
    }

    private static String read(String name) {
        try (InputStream in = ProgramText.class.getResourceAsStream("source/" + name)) {
            if (in == null) {
                throw new IllegalStateException("this build carries no " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CaptureException("cannot read " + name + " from the build", e);
        }
    }

    private static String initializer(ByteBuffer config) {
        return "{ .reason_ignored = {"
                + IntStream.range(0, 4)
                        .mapToObj(
                                i -> Long.toUnsignedString(config.getLong(TcpEventLayout.CONFIG_REASON_IGNORED + 8 * i))
                                        + "ULL")
                        .collect(Collectors.joining(", "))
                + "}, .firewall_from = "
                + Long.toUnsignedString(config.getLong(TcpEventLayout.CONFIG_FIREWALL_FROM)) + "ULL"
                + ", .firewall_to = "
                + Long.toUnsignedString(config.getLong(TcpEventLayout.CONFIG_FIREWALL_TO)) + "ULL"
                + ", .netns = " + Integer.toUnsignedString(config.getInt(TcpEventLayout.CONFIG_NETNS)) + "U"
                + ", .port_count = " + config.getInt(TcpEventLayout.CONFIG_PORT_COUNT)
                + ", .reason_not_specified = " + config.getInt(TcpEventLayout.CONFIG_REASON_NOT_SPECIFIED)
                + number("address_prefix_bits", config.get(TcpEventLayout.CONFIG_ADDRESS_PREFIX_BITS))
                + number("has_socket_cookie", config.get(TcpEventLayout.CONFIG_HAS_SOCKET_COOKIE))
                + number("has_drop_reason", config.get(TcpEventLayout.CONFIG_HAS_DROP_REASON))
                + number("has_receiving_socket", config.get(TcpEventLayout.CONFIG_HAS_RECEIVING_SOCKET))
                + number("has_reset_reason", config.get(TcpEventLayout.CONFIG_HAS_RESET_REASON))
                + number("has_retransmit_error", config.get(TcpEventLayout.CONFIG_HAS_RETRANSMIT_ERROR))
                + number("pairs", config.get(TcpEventLayout.CONFIG_PAIRS))
                + ", .ports = {"
                + IntStream.range(0, CaptureFilter.MAX_PORTS)
                        .mapToObj(i -> String.valueOf(
                                Short.toUnsignedInt(config.getShort(TcpEventLayout.CONFIG_PORTS + 2 * i))))
                        .collect(Collectors.joining(", "))
                + "}, .address = {"
                + IntStream.range(0, 16)
                        .mapToObj(
                                i -> String.valueOf(Byte.toUnsignedInt(config.get(TcpEventLayout.CONFIG_ADDRESS + i))))
                        .collect(Collectors.joining(", "))
                + "} }";
    }

    private static String number(String field, byte value) {
        return ", ." + field + " = " + Byte.toUnsignedInt(value);
    }
}
