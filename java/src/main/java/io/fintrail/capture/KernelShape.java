package io.fintrail.capture;

import io.fintrail.capture.libbpf.KernelBtf;
import io.fintrail.event.Session;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the running kernel offers, read from its BTF: which tracepoints with how many arguments, and how it numbers its
 * reasons.
 */
public record KernelShape(
        Map<Tracepoint, Integer> arguments,
        boolean hasSocketCookie,
        boolean hasSocketIterator,
        boolean hasHolderIterator,
        TreeMap<Integer, String> dropReasons,
        TreeMap<Integer, String> resetReasons) {

    public static KernelShape read() {
        try (KernelBtf btf = KernelBtf.load()) {
            Map<Tracepoint, Integer> arguments = new EnumMap<>(Tracepoint.class);
            for (Tracepoint tracepoint : Tracepoint.values()) {
                int count = btf.tracepointArguments(tracepoint.kernelName());
                if (count >= 0) {
                    arguments.put(tracepoint, count);
                }
            }
            return new KernelShape(
                    arguments,
                    btf.hasFunction("bpf_get_socket_ptr_cookie"),
                    btf.hasFunction("bpf_iter_tcp"),
                    btf.hasFunction("bpf_iter_task_file") && btf.hasFunction("bpf_sock_from_file"),
                    withoutPrefix(btf.enumNames("skb_drop_reason"), "SKB_DROP_REASON_", "SKB_"),
                    withoutPrefix(btf.enumNames("sk_rst_reason"), "SK_RST_REASON_"));
        }
    }

    private static TreeMap<Integer, String> withoutPrefix(TreeMap<Integer, String> names, String... prefixes) {
        names.replaceAll((number, name) -> {
            for (String prefix : prefixes) {
                if (name.startsWith(prefix)) {
                    return name.substring(prefix.length());
                }
            }
            return name;
        });
        return names;
    }

    boolean has(Tracepoint tracepoint) {
        return arguments.containsKey(tracepoint);
    }

    private boolean handsOver(Tracepoint tracepoint, int count) {
        return arguments.getOrDefault(tracepoint, 0) >= count;
    }

    /** kfree_skb(skb, location, reason): 5.17. */
    public boolean hasDropReason() {
        return handsOver(Tracepoint.KFREE_SKB, 3);
    }

    /** kfree_skb(…, rx_sk): 6.11. */
    public boolean hasReceivingSocket() {
        return handsOver(Tracepoint.KFREE_SKB, 4);
    }

    /** tcp_send_reset(sk, skb, reason): 6.10. */
    public boolean hasResetReason() {
        return handsOver(Tracepoint.TCP_SEND_RESET, 3);
    }

    /** tcp_retransmit_skb(sk, skb, err): 6.17. */
    public boolean hasRetransmitError() {
        return handsOver(Tracepoint.TCP_RETRANSMIT_SKB, 3);
    }

    List<String> missingFacts() {
        List<String> missing = new java.util.ArrayList<>();
        for (Tracepoint tracepoint : Tracepoint.values()) {
            if (!has(tracepoint)) {
                missing.add("no " + tracepoint.kernelName() + ": " + tracepoint.missedWithoutIt());
            }
        }
        if (has(Tracepoint.KFREE_SKB) && !hasDropReason()) {
            missing.add("no reason in kfree_skb (5.17): a drop on this host cannot be told from healthy freeing");
        }
        if (has(Tracepoint.KFREE_SKB) && !hasReceivingSocket()) {
            missing.add("no receiving socket in kfree_skb (6.11): late FINs are matched by address, hence inferred");
        }
        if (has(Tracepoint.TCP_RETRANSMIT_SKB) && !hasRetransmitError()) {
            missing.add(
                    "no outcome in tcp_retransmit_skb (6.17): a repeat that this host refused shows only as a drop");
        }
        if (has(Tracepoint.TCP_SEND_RESET) && !hasResetReason()) {
            missing.add("no reason in tcp_send_reset (6.10): why we reset is told by the socket's own state");
        }
        if (!hasSocketCookie) {
            missing.add("no socket cookies for tracing programs (5.12): sockets are told apart by address and order");
        }
        if (!hasSocketIterator) {
            missing.add("no socket iterator (5.9): what closed before tracing began is not known");
        }
        if (!hasHolderIterator) {
            missing.add("no holders (bpf_sock_from_file, 5.11): who holds a socket is told by its last act alone");
        }
        return missing;
    }

    /** What the session says of it. */
    void describe(TreeMap<String, String> fields) {
        fields.put("receiving-socket", Boolean.toString(hasReceivingSocket()));
        dropReasons.forEach((number, name) -> fields.put(Session.reasonField("drop", number), name));
        resetReasons.forEach((number, name) -> fields.put(Session.reasonField("reset", number), name));
    }
}
