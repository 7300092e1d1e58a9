/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What core.bpf.h is, where BCC compiles the programs against the headers of the kernel that runs: structs are the kernel's
 * own, and every field is read by a helper, for without BTF the verifier knows no pointer of the kernel.
 *
 * BCC rewrites calls like map.lookup(): in functions, never in macros.
 */
#ifndef FINTRAIL_BCC_H
#define FINTRAIL_BCC_H

#define SOCK_DEAD_BIT (1UL << SOCK_DEAD)
#define SOCK_DONE_BIT (1UL << SOCK_DONE)

#define READ(field)                                                                     \
	({                                                                              \
		__typeof__(field) read_;                                                \
		bpf_probe_read_kernel((void *)&read_, sizeof(read_), (void *)&(field)); \
		read_;                                                                  \
	})
#define BPF_CORE_READ(pointer, field) READ((pointer)->field)
#define UNROLL _Pragma("unroll")
#define APART __always_inline /* BCC knows no other functions */

/* The loader's, and the kernel's own once compiled: no program reads it from memory, where it would not be found. */
static const struct tracer_config cfg = FINTRAIL_CONFIG;

BPF_RINGBUF_OUTPUT(ring, FINTRAIL_RING_PAGES);
BPF_F_TABLE("array", int, struct tracer_counters, counters, 1, BPF_F_MMAPABLE);
BPF_PERCPU_ARRAY(words, struct words, 1);
BPF_TABLE("lru_hash", struct tuple, u64, late_fin_cookies, LATE_FINS);

static __always_inline void *reserve_in_ring(void)
{
	return ring.ringbuf_reserve(sizeof(struct tcp_event));
}

static __always_inline void submit_to_ring(struct tcp_event *e)
{
	ring.ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

static __always_inline struct tracer_counters *counters_here(void)
{
	int zero = 0;

	return counters.lookup(&zero);
}

#define COUNT(what)                                               \
	do {                                                      \
		struct tracer_counters *here_ = counters_here();  \
		if (here_)                                        \
			__sync_fetch_and_add(&here_->what, 1);    \
	} while (0)

static __always_inline struct words *words_here(void)
{
	int zero = 0;

	return words.lookup(&zero);
}

static __always_inline void keep_late_fin_cookie(struct tuple *t, u64 *cookie)
{
	late_fin_cookies.update(t, cookie);
}

static __always_inline u64 *late_fin_cookie_of(struct tuple *t)
{
	return late_fin_cookies.lookup(t);
}

static __always_inline u64 reasons_ignored(u32 word)
{
	switch (word) {
	case 0:
		return cfg.reason_ignored[0];
	case 1:
		return cfg.reason_ignored[1];
	case 2:
		return cfg.reason_ignored[2];
	default:
		return cfg.reason_ignored[3];
	}
}

/* NULL for minisocks and for MPTCP connections, as bpf_skc_to_tcp_sock() has it. */
static __always_inline struct tcp_sock *as_tcp_sock(struct sock *sk)
{
	u16 family = READ(sk->__sk_common.skc_family);
	u8 state = READ(sk->__sk_common.skc_state);

	if (family != AF_INET && family != AF_INET6)
		return NULL;
	if (state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV || READ(sk->sk_protocol) != IPPROTO_TCP)
		return NULL;
	return (struct tcp_sock *)sk;
}

static __always_inline struct inet_timewait_sock *as_time_wait(struct sock *sk)
{
	return (struct inet_timewait_sock *)sk;
}

static __always_inline bool is_mptcp_subflow(struct tcp_sock *tp)
{
#if IS_ENABLED(CONFIG_MPTCP)
	return READ(tp->is_mptcp);
#else
	return false;
#endif
}

static __always_inline u8 segment_flags_in_control_block(char *cb)
{
	return (u8)READ(((struct tcp_skb_cb *)cb)->tcp_flags);
}

static __always_inline u32 netns_of_device(struct sk_buff *skb)
{
	struct net_device *device = READ(skb->dev);
	struct net *net = READ(device->nd_net.net);

	return READ(net->ns.inum);
}

static __always_inline bool time_wait_table_is_full(struct net *net)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0)
	return READ(net->ipv4.tcp_death_row.tw_count.counter) >= READ(net->ipv4.tcp_death_row.sysctl_max_tw_buckets);
#else
	return false;
#endif
}

/* Which sockets are legs of one proxied session is not told here: what that takes, needs BTF. */
static __always_inline bool is_leg_of_wanted(struct sock *sk)
{
	return false;
}

#endif
