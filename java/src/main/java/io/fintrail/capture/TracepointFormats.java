package io.fintrail.capture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a kernel without BTF says of its tracepoints: tracefs has the fields of each, from which its arguments follow, and
 * how it prints them, which names the reasons.
 */
final class TracepointFormats {
    private static final List<Path> USUAL =
            List.of(Path.of("/sys/kernel/tracing"), Path.of("/sys/kernel/debug/tracing"));
    private static final Pattern NAMED_REASONS =
            Pattern.compile("__print_symbolic\\(REC->reason, ((?:\\{ \\d+, \"\\w+\" }(?:, )?)+)\\)");
    private static final Pattern NAMED_REASON = Pattern.compile("\\{ (\\d+), \"(\\w+)\" }");

    private final Path events;

    TracepointFormats(Path tracefs) {
        this.events = tracefs.resolve("events");
    }

    /** @throws CaptureException if tracefs is not mounted, or closed to this user */
    static TracepointFormats ofThisKernel() {
        return USUAL.stream()
                .filter(path -> Files.isDirectory(path.resolve("events")))
                .findFirst()
                .map(TracepointFormats::new)
                .orElseThrow(
                        () -> new CaptureException(
                                "without BTF, tracefs has to say which tracepoints there are, and it"
                                        + " is not mounted, or not for this user: as root, mount -t tracefs tracefs /sys/kernel/tracing"));
    }

    /** Without what takes BTF: cookies and iterators; nor pairs, whose storage takes it, too. */
    KernelShape shape() {
        Map<Tracepoint, Integer> arguments = new EnumMap<>(Tracepoint.class);
        for (Tracepoint tracepoint : Tracepoint.values()) {
            String format = format(tracepoint);
            if (!format.isEmpty() && !tracepoint.servesPairs()) {
                arguments.put(tracepoint, arguments(tracepoint, format));
            }
        }
        return new KernelShape(
                false,
                arguments,
                false,
                false,
                false,
                reasons(format(Tracepoint.KFREE_SKB)),
                reasons(format(Tracepoint.TCP_SEND_RESET)),
                KernelShape.firewall(arguments));
    }

    /**
     * As many as are used. Of kfree_skb never the receiving socket (6.11): the name of a minisock is a cookie, and nothing
     * else says whose it was.
     */
    private static int arguments(Tracepoint tracepoint, String format) {
        return switch (tracepoint) {
            // Which of them mean a loss is known by their names alone.
            case KFREE_SKB -> reasons(format).containsValue("NOT_SPECIFIED") ? 3 : 2;
            case TCP_SEND_RESET -> hasField(format, "reason") ? 3 : 2;
            case TCP_RETRANSMIT_SKB -> hasField(format, "err") ? 3 : 2;
            case INET_SOCK_SET_STATE, SOCK_RECV_LENGTH, SOCK_SEND_LENGTH -> 3;
            case TCP_RECEIVE_RESET, TCP_DESTROY_SOCK, INET_SK_ERROR_REPORT -> 1;
        };
    }

    private static boolean hasField(String format, String name) {
        return Pattern.compile("(?m)^\\s*field:[^;]*\\b" + name + ";")
                .matcher(format)
                .find();
    }

    private static TreeMap<Integer, String> reasons(String format) {
        TreeMap<Integer, String> names = new TreeMap<>();
        Matcher list = NAMED_REASONS.matcher(format);
        if (list.find()) {
            Matcher reason = NAMED_REASON.matcher(list.group(1));
            while (reason.find()) {
                names.put(Integer.parseInt(reason.group(1)), reason.group(2));
            }
        }
        return names;
    }

    private String format(Tracepoint tracepoint) {
        Path path = events.resolve(tracepoint.group())
                .resolve(tracepoint.kernelName())
                .resolve("format");
        try {
            return Files.readString(path, StandardCharsets.UTF_8);
        } catch (java.nio.file.NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new CaptureException("cannot read " + path + ": run as root", e);
        }
    }
}
