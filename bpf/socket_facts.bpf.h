/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* The one way to fill the common part of a record, and the one place that filters. */
#ifndef FINTRAIL_SOCKET_FACTS_H
#define FINTRAIL_SOCKET_FACTS_H

static __always_inline void map_ipv4(__u8 *to, __be32 address)
{
	*(__u64 *)to = 0;
	*(__u32 *)(to + 8) = bpf_htonl(0xffff);
	*(__u32 *)(to + 12) = address;
}

static __always_inline void copy_ipv6(__u8 *to, struct in6_addr *from)
{
	__u32 *words = (__u32 *)to;

	words[0] = READ(from->in6_u.u6_addr32[0]);
	words[1] = READ(from->in6_u.u6_addr32[1]);
	words[2] = READ(from->in6_u.u6_addr32[2]);
	words[3] = READ(from->in6_u.u6_addr32[3]);
}

static __always_inline __u32 netns_of(struct sock *sk)
{
	return READ(READ(sk->__sk_common.skc_net.net)->ns.inum);
}

/* Addresses of any socket flavour. `tp` is NULL for minisocks and for MPTCP connections. */
static __always_inline void read_tuple(struct tuple *t, struct sock *sk, struct tcp_sock *tp)
{
	struct inet_timewait_sock *tw;

	t->netns = netns_of(sk);
	t->remote_port = bpf_ntohs(READ(sk->__sk_common.skc_dport));
	/* skc_num is 0 already in the event that leads to CLOSE (inet_put_port in tcp_set_state): use the *_sport fields. */
	if (tp) {
		t->local_port = bpf_ntohs(READ(tp->inet_conn.icsk_inet.inet_sport));
	} else if (READ(sk->__sk_common.skc_state) == TCP_TIME_WAIT) {
		tw = as_time_wait(sk);
		t->local_port = tw ? bpf_ntohs(READ(tw->tw_sport)) : 0;
	} else if (READ(sk->__sk_common.skc_state) == TCP_NEW_SYN_RECV) {
		t->local_port = READ(sk->__sk_common.skc_num);
	} else {
		t->local_port = bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
	}
	if (READ(sk->__sk_common.skc_family) == AF_INET) {
		map_ipv4(t->local_address, READ(sk->__sk_common.skc_rcv_saddr));
		map_ipv4(t->remote_address, READ(sk->__sk_common.skc_daddr));
		return;
	}
	copy_ipv6(t->local_address, &sk->__sk_common.skc_v6_rcv_saddr);
	copy_ipv6(t->remote_address, &sk->__sk_common.skc_v6_daddr);
}

static __always_inline bool port_wanted(__u16 port)
{
	UNROLL
	for (__u32 i = 0; i < FINTRAIL_MAX_FILTER_PORTS; i++) {
		if (i >= cfg.port_count)
			return false;
		if (cfg.ports[i] == port)
			return true;
	}
	return false;
}

static __always_inline bool address_wanted(const __u8 *address)
{
	__u32 bits = cfg.address_prefix_bits;

	UNROLL
	for (__u32 i = 0; i < 16; i++) {
		if (bits == 0)
			return true;
		if (bits < 8)
			return ((address[i] ^ cfg.address[i]) >> (8 - bits)) == 0;
		if (address[i] != cfg.address[i])
			return false;
		bits -= 8;
	}
	return true;
}

static __always_inline bool namespace_wanted(const struct tuple *t)
{
	return !cfg.netns || t->netns == cfg.netns;
}

static __always_inline bool is_wanted(const struct tuple *t)
{
	if (!namespace_wanted(t))
		return false;
	if (cfg.port_count && !port_wanted(t->local_port) && !port_wanted(t->remote_port))
		return false;
	if (cfg.address_prefix_bits && !address_wanted(t->local_address) && !address_wanted(t->remote_address))
		return false;
	return true;
}

static __always_inline bool socket_is_wanted(struct sock *sk, struct tcp_sock *tp)
{
	struct tuple t;

	if (!cfg.netns && !cfg.port_count && !cfg.address_prefix_bits)
		return true;
	read_tuple(&t, sk, tp);
	return is_wanted(&t); /* not as a leg of another: what a shared connection serves would all be wanted in the end */
}

/* The address serves: generations tell reuse, and addresses of the connection what a look has told of it (SocketTable). */
static __always_inline __u64 name_without_cookie(struct sock *sk)
{
	return (__u64)sk;
}

static __always_inline __u64 socket_cookie(struct sock *sk)
{
	/* Before 5.12 there is no helper for tracing programs; for raw ones there never is. */
	if (cfg.has_socket_cookie)
		return bpf_get_socket_cookie(sk);
	return name_without_cookie(sk);
}

static __always_inline struct tcp_event *reserve_record(void)
{
	struct tcp_event *e = reserve_in_ring();

	if (!e) {
		COUNT(ring_full);
		return NULL;
	}
	__builtin_memset(e, 0, sizeof(*e));
	return e;
}

static __always_inline void submit_record(struct tcp_event *e)
{
	/* The reader drains on a clock: a wake-up per event is most of what such tracers cost. */
	submit_to_ring(e);
}

static __always_inline void fill_tuple(struct tcp_event *e, const struct tuple *t)
{
	const __u32 *local = (const __u32 *)t->local_address;

	__builtin_memcpy(e->local_address, t->local_address, 16);
	__builtin_memcpy(e->remote_address, t->remote_address, 16);
	e->netns = t->netns;
	e->local_port = t->local_port;
	e->remote_port = t->remote_port;
	e->family = local[0] == 0 && local[1] == 0 && local[2] == bpf_htonl(0xffff) ? 4 : 6;
}

static __always_inline void fill_task(struct tcp_event *e)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	unsigned int task_flags = BPF_CORE_READ(task, flags);

	e->pid = pid_tgid >> 32;
	e->tid = (__u32)pid_tgid;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	if (task_flags & PF_EXITING)
		e->flags |= TCP_EVENT_FLAG_TASK_EXITING;
	if (task_flags & PF_KTHREAD)
		e->flags |= TCP_EVENT_FLAG_KERNEL_THREAD;
}

static __always_inline void fill_tcp(struct tcp_event *e, struct tcp_sock *tp)
{
	struct inet_connection_sock *icsk = &tp->inet_conn;

	e->flags |= TCP_EVENT_FLAG_FULL_SOCKET;
	if (is_mptcp_subflow(tp))
		e->flags |= TCP_EVENT_FLAG_MPTCP_SUBFLOW;
	if (READ(tp->out_of_order_queue.rb_node))
		e->flags |= TCP_EVENT_FLAG_OUT_OF_ORDER;
	e->write_seq = READ(tp->write_seq);
	e->snd_una = READ(tp->snd_una);
	e->snd_nxt = READ(tp->snd_nxt);
	e->snd_wl1 = READ(tp->snd_wl1);
	e->snd_wnd = READ(tp->snd_wnd);
	e->rcv_nxt = READ(tp->rcv_nxt);
	e->copied_seq = READ(tp->copied_seq);
	e->packets_out = READ(tp->packets_out);
	e->segments_received = READ(tp->segs_in);
	e->linger2_jiffies = READ(tp->linger2);
	e->sent_bytes = READ(tp->bytes_acked);
	e->received_bytes = READ(tp->bytes_received);
	e->rto_jiffies = READ(icsk->icsk_rto);
	e->user_timeout_ms = READ(icsk->icsk_user_timeout);
	e->timer_pending = READ(icsk->icsk_pending);
	e->retransmits = READ(icsk->icsk_retransmits);
	e->backoff = READ(icsk->icsk_backoff);
	e->probes_out = READ(icsk->icsk_probes_out);
}

static __always_inline void fill_full_socket(struct tcp_event *e, struct sock *sk, struct tcp_sock *tp)
{
	struct net *net = READ(sk->__sk_common.skc_net.net);

	e->socket_flags = (__u32)READ(sk->__sk_common.skc_flags);
	e->shutdown = READ(sk->sk_shutdown);
	e->error = READ(sk->sk_err);
	e->soft_error = READ(sk->sk_err_soft);
	e->linger_jiffies = READ(sk->sk_lingertime);
	e->fin_timeout_jiffies = READ(net->ipv4.sysctl_tcp_fin_timeout);
	e->orphan_retries = READ(net->ipv4.sysctl_tcp_orphan_retries);
	e->retries2 = READ(net->ipv4.sysctl_tcp_retries2);
	if (READ(sk->sk_socket))
		e->flags |= TCP_EVENT_FLAG_HAS_SOCKET_FILE;
	if (tp)
		fill_tcp(e, tp);
}

/*
 * Of an orphan that leaves FIN_WAIT2 without the peer's FIN. The minisock that was made counts already (tcp_time_wait() calls
 * inet_twsk_schedule(), then tcp_done()): a full table may be its own doing, and one that is not full nearly always had room for
 * it (another CPU may have given up a place since, or memory been short). From 5.17 on the reason of a late FIN's kfree_skb says
 * what took it.
 */
static __always_inline __u16 flag_of_full_table(struct sock *sk, int old_state, int new_state)
{
	if (old_state != TCP_FIN_WAIT2 || new_state != TCP_CLOSE)
		return 0;
	return time_wait_table_is_full(READ(sk->__sk_common.skc_net.net)) ? TCP_EVENT_FLAG_TIME_WAIT_FULL : 0;
}

/* What a record holds beside cookie, addresses and state; each costs the traced host some 50-100 ns. */
enum record_parts {
	WITH_FACTS = 1, /* numbers, timers and options of the socket */
	WITH_TASK = 2,  /* the current task: only where it can be an owner */
	ANY_IN_NAMESPACE = 8, /* ports and addresses do not matter */
	EVEN_WIPED = 4, /* also where tcp_disconnect() has wiped what the filters look at */
};

/* What every record about a full socket has beside its addresses; the rest is zero before. */
static __always_inline void fill_socket(struct tcp_event *e, struct sock *sk, struct tcp_sock *tp, __u32 parts)
{
	e->ktime_ns = bpf_ktime_get_ns();
	e->cookie = socket_cookie(sk);
	e->old_state = READ(sk->__sk_common.skc_state);
	e->new_state = READ(sk->__sk_common.skc_state);
	e->protocol = READ(sk->sk_protocol);
	if (parts & WITH_FACTS)
		fill_full_socket(e, sk, tp);
	if (parts & WITH_TASK)
		fill_task(e);
}

/*
 * The addresses come last: they fork what the verifier follows, and where that meets a pointer in one of the kernel's structs
 * it looks through all names in BTF (type_is_rcu() and its like), which took most of the time of a start.
 */
static __always_inline void fill_record(struct tcp_event *e, struct sock *sk, struct tcp_sock *tp, __u32 parts)
{
	struct tuple t;

	fill_socket(e, sk, tp, parts);
	read_tuple(&t, sk, tp);
	fill_tuple(e, &t);
}

/* A record about a full socket, or NULL: filtered out, or lost and counted. The caller sets the kind. */
static __always_inline struct tcp_event *record_of(struct sock *sk, __u32 parts)
{
	struct tcp_sock *tp = as_tcp_sock(sk);
	struct tuple t;
	struct tcp_event *e;
	bool inside;

	read_tuple(&t, sk, tp);
	inside = ((parts & ANY_IN_NAMESPACE) || ((parts & EVEN_WIPED) && !t.remote_port)) && namespace_wanted(&t);
	inside = inside || is_wanted(&t);
	if (!inside && !(cfg.pairs && namespace_wanted(&t) && is_leg_of_wanted(sk)))
		return NULL;
	e = reserve_record();
	if (!e)
		return NULL;
	if (!inside)
		e->flags = TCP_EVENT_FLAG_OUTSIDE_FILTERS;
	fill_socket(e, sk, tp, parts);
	fill_tuple(e, &t);
	return e;
}

#endif
