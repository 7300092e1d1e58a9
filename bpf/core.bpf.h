/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * How the programs read the kernel and keep what they remember where libbpf loads them: fields are relocated (CO-RE) and
 * read directly, for the verifier knows the pointers. bcc.h says the same for BCC.
 */
#ifndef FINTRAIL_CORE_H
#define FINTRAIL_CORE_H

#define READ(field) (field)
#define UNROLL
#define APART __noinline /* verified once, and lends its stack only while it runs */

/* One ring per CPU: with a shared one, its lock is most of the price. The loader makes the rings. */
struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

static __always_inline void *reserve_in_ring(void)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);

	return ring ? bpf_ringbuf_reserve(ring, sizeof(struct tcp_event), 0) : NULL;
}

static __always_inline void submit_to_ring(struct tcp_event *e)
{
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

struct tracer_counters counters SEC(".bss.counters") = {};

#define COUNT(what) __sync_fetch_and_add(&counters.what, 1)

#define WORDS_CPUS 512 /* on further ones nobody stands in */

/* Not a per-CPU map: its key would be on the stack, see is_simple_step(). */
struct words words[WORDS_CPUS] SEC(".bss.words") = {};

static __always_inline struct words *words_here(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	if (cpu >= WORDS_CPUS)
		return NULL;
	barrier_var(cpu); /* else the mask is left out, and 6.1 does not know of what is shifted that it was compared before */
	return &words[cpu & (WORDS_CPUS - 1)];
}

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LATE_FINS);
	__type(key, struct tuple);
	__type(value, __u64);
} late_fin_cookies SEC(".maps");

static __always_inline void keep_late_fin_cookie(struct tuple *t, __u64 *cookie)
{
	bpf_map_update_elem(&late_fin_cookies, t, cookie, BPF_ANY);
}

static __always_inline __u64 *late_fin_cookie_of(struct tuple *t)
{
	return bpf_map_lookup_elem(&late_fin_cookies, t);
}

static __always_inline __u64 reasons_ignored(__u32 word)
{
	return cfg.reason_ignored[word];
}

/* NULL for minisocks and for MPTCP connections. */
static __always_inline struct tcp_sock *as_tcp_sock(struct sock *sk)
{
	return bpf_skc_to_tcp_sock(sk);
}

static __always_inline struct inet_timewait_sock *as_time_wait(struct sock *sk)
{
	return (struct inet_timewait_sock *)bpf_skc_to_tcp_timewait_sock(sk);
}

static __always_inline bool is_mptcp_subflow(struct tcp_sock *tp)
{
	return bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp; /* not without CONFIG_MPTCP */
}

static __always_inline __u32 netns_of_device(struct sk_buff *skb)
{
	return BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
}

#endif
