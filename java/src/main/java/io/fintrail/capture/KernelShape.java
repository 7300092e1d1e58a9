package io.fintrail.capture;

import io.fintrail.capture.libbpf.KernelBtf;
import io.fintrail.event.Session;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the running kernel offers, read from its BTF, or without it from tracefs: which tracepoints with how many arguments,
 * and how it numbers its reasons.
 */
public record KernelShape(
        boolean hasBtf,
        Map<Tracepoint, Integer> arguments,
        boolean hasSocketCookie,
        boolean hasSocketIterator,
        boolean hasHolderIterator,
        TreeMap<Integer, String> dropReasons,
        TreeMap<Integer, String> resetReasons,
        FirewallCode firewall) {
    private static final int REASON_ARGUMENT = 3;
    private static final int NETFILTER_DROP = 1; // FINTRAIL_REASON_NETFILTER_DROP

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
                    true,
                    arguments,
                    btf.hasFunction("bpf_get_socket_ptr_cookie"),
                    btf.hasFunction("bpf_iter_tcp"),
                    btf.hasFunction("bpf_iter_task_file") && btf.hasFunction("bpf_sock_from_file"),
                    withoutPrefix(btf.enumNames("skb_drop_reason"), "SKB_DROP_REASON_", "SKB_"),
                    withoutPrefix(btf.enumNames("sk_rst_reason"), "SK_RST_REASON_"),
                    firewall(arguments));
        }
    }

    /** Needed only where a reason is not given. */
    static FirewallCode firewall(Map<Tracepoint, Integer> arguments) {
        int count = arguments.getOrDefault(Tracepoint.KFREE_SKB, REASON_ARGUMENT);
        return count < REASON_ARGUMENT ? FirewallCode.ofThisKernel() : FirewallCode.UNKNOWN;
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
        return handsOver(Tracepoint.KFREE_SKB, REASON_ARGUMENT);
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

    /** What the session says of it. */
    void describe(TreeMap<String, String> fields) {
        fields.put("socket-cookies", Boolean.toString(hasSocketCookie));
        fields.put("resets-by-minisocks", Boolean.toString(hasResetReason())); // came in one release
        fields.put("receiving-socket", Boolean.toString(hasReceivingSocket()));
        if (firewall.isKnown()) {
            fields.put(Session.reasonField("drop", NETFILTER_DROP), "NETFILTER_DROP");
        }
        dropReasons.forEach((number, name) -> fields.put(Session.reasonField("drop", number), name));
        resetReasons.forEach((number, name) -> fields.put(Session.reasonField("reset", number), name));
    }
}
