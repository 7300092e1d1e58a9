/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Old and new shapes of kernel types and tracepoints, 5.10 to 7.x, each with its version or commit.
 *
 * A tracepoint's argument count is not a field, so CO-RE cannot see it: the loader reads it from the kernel's
 * BTF (btf_trace_NAME) into tracer_config. A branch on a frozen constant is not verified when it is false, so
 * one program serves every shape.
 */
#ifndef FINTRAIL_KERNEL_COMPAT_H
#define FINTRAIL_KERNEL_COMPAT_H

/* tcp_skb_cb.tcp_flags: u8 up to 6.12, u16 with the accurate-ECN bit in 6.18. */
struct tcp_skb_cb___narrow_flags {
	__u8 tcp_flags;
} KERNEL_TYPE;

/* icsk_retransmit_timer and sk_timer up to 6.18; tcp_retransmit_timer and icsk_keepalive_timer from 6.19 on. */
struct inet_connection_sock___retransmit_timer {
	struct timer_list icsk_retransmit_timer;
} KERNEL_TYPE;

struct sock___retransmit_timer {
	struct timer_list tcp_retransmit_timer;
} KERNEL_TYPE;

struct sock___timer {
	struct timer_list sk_timer;
} KERNEL_TYPE;

struct inet_connection_sock___keepalive_timer {
	struct timer_list icsk_keepalive_timer;
} KERNEL_TYPE;

/* Per socket since 6.15 (tcp_rto_max_ms); before, TCP_RTO_MAX. */
struct inet_connection_sock___rto_max {
	__u32 icsk_rto_max;
} KERNEL_TYPE;

/* 6.7 */
struct tcp_sock___usec_ts {
	__u8 tcp_usec_ts : 1;
} KERNEL_TYPE;

/* How many time-wait minisocks a namespace has, up to 5.17; then a reference count tells, which others share. */
struct inet_timewait_death_row___counted {
	atomic_t tw_count;
	int sysctl_max_tw_buckets;
} KERNEL_TYPE;

struct netns_ipv4___counted {
	struct inet_timewait_death_row___counted tcp_death_row;
} KERNEL_TYPE;

struct net___counted {
	struct netns_ipv4___counted ipv4;
} KERNEL_TYPE;

static __always_inline bool time_wait_table_is_full(struct net *of)
{
	struct net___counted *net = (struct net___counted *)of;

	if (!bpf_core_field_exists(net->ipv4.tcp_death_row.tw_count))
		return false;
	return net->ipv4.tcp_death_row.tw_count.counter >= net->ipv4.tcp_death_row.sysctl_max_tw_buckets;
}

static __always_inline __u8 segment_flags_in_control_block(const char *cb)
{
	if (bpf_core_field_size(((struct tcp_skb_cb *)0)->tcp_flags) == 1)
		return BPF_CORE_READ((struct tcp_skb_cb___narrow_flags *)cb, tcp_flags);
	return (__u8)BPF_CORE_READ((struct tcp_skb_cb *)cb, tcp_flags);
}

#endif
