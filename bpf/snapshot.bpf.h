/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Looks at sockets: what tracepoints cannot tell, because it happened before they were attached or because nothing
 * happens. The rows go into the same rings as the events, so both have one order. What an iterator writes into its own
 * file only paces its reader, row by row, and names the processes it met.
 */
#ifndef FINTRAIL_SNAPSHOT_H
#define FINTRAIL_SNAPSHOT_H

struct snapshot_request snapshot SEC(".bss.snapshot") = {};

#define PACE_CLOSE_WAIT 0x80000000u /* beside a pid: it holds a socket whose peer closed long ago */

static __always_inline int pace(struct bpf_iter_meta *meta, __u32 word)
{
	bpf_seq_write(meta->seq, &word, sizeof(word));
	return 0;
}

static __always_inline __u32 ago(__u32 jiffies_then)
{
	return (__u32)bpf_jiffies64() - jiffies_then; /* tcp_jiffies32 */
}

#define TIMER_WHEEL_INDEX_SHIFT 22 /* TIMER_ARRAYSHIFT */
#define TIMER_WHEEL_LEVEL_SIZE 64  /* LVL_SIZE */
#define TIMER_WHEEL_LEVEL_SHIFT 3  /* LVL_CLK_SHIFT */

static __always_inline __u32 until(const struct timer_list *timer)
{
	__u32 shift;

	if (!timer->entry.pprev)
		return FINTRAIL_NO_TIMER;
	/* The wheel fires no timer early, so late: by up to 2 s of 53 (calc_index; 8 times coarser with each level). */
	shift = (timer->flags >> TIMER_WHEEL_INDEX_SHIFT) / TIMER_WHEEL_LEVEL_SIZE * TIMER_WHEEL_LEVEL_SHIFT;
	return (__u32)((((timer->expires >> shift) + 1) << shift) - bpf_jiffies64());
}

/* Both timers moved into struct sock and back to front with 6.19 (3a6e8fd0bf40). */
static __always_inline __u32 until_retransmit_timer(struct tcp_sock *tp)
{
	if (bpf_core_field_exists(((struct sock___retransmit_timer *)0)->tcp_retransmit_timer))
		return until(&((struct sock___retransmit_timer *)tp)->tcp_retransmit_timer);
	return until(&((struct inet_connection_sock___retransmit_timer *)tp)->icsk_retransmit_timer);
}

static __always_inline __u32 until_keepalive_timer(struct tcp_sock *tp)
{
	if (bpf_core_field_exists(((struct inet_connection_sock___keepalive_timer *)0)->icsk_keepalive_timer))
		return until(&((struct inet_connection_sock___keepalive_timer *)tp)->icsk_keepalive_timer);
	return until(&((struct sock___timer *)tp)->sk_timer);
}

/* retrans_stamp counts microseconds where the route asked for it (tcp_usec_ts, 6.7), milliseconds elsewhere. */
static __always_inline __u32 retransmitting_ms(struct tcp_sock *tp, __u64 ktime_ns)
{
	__u32 since = tp->retrans_stamp;

	if (!since)
		return FINTRAIL_NEVER;
	if (bpf_core_field_exists(((struct tcp_sock___usec_ts *)0)->tcp_usec_ts) &&
	    BPF_CORE_READ_BITFIELD_PROBED((struct tcp_sock___usec_ts *)tp, tcp_usec_ts))
		return ((__u32)(ktime_ns / 1000) - since) / 1000;
	return (__u32)(ktime_ns / 1000000) - since;
}

static __always_inline __u32 keepalive_time(struct tcp_sock *tp)
{
	struct net *net = tp->inet_conn.icsk_inet.sk.__sk_common.skc_net.net;

	return tp->keepalive_time ? tp->keepalive_time : (__u32)net->ipv4.sysctl_tcp_keepalive_time;
}

/* Nothing was heard or said for as long as this namespace waits before it asks, and nobody asks. */
static __always_inline bool is_silent(struct tcp_sock *tp)
{
	__u32 patience = keepalive_time(tp);

	if (tp->inet_conn.icsk_inet.sk.__sk_common.skc_flags & SOCK_KEEPOPEN_BIT)
		return false;
	return ago(tp->rcv_tstamp) >= patience && ago(tp->inet_conn.icsk_ack.lrcvtime) >= patience &&
	       ago(tp->lsndtime) >= patience;
}

static __always_inline bool is_at_ease(struct tcp_sock *tp, __u8 state)
{
	if (state == TCP_SYN_SENT || state == TCP_SYN_RECV)
		return true;
	return state == TCP_ESTABLISHED && !tp->out_of_order_queue.rb_node && !is_silent(tp);
}

/* A FIN is the end of its stream, and coalescing keeps flags (tcp_try_coalesce): it can only be the last segment's. */
static __always_inline bool fin_waits_out_of_order(struct tcp_sock *tp)
{
	struct sk_buff *last;

	if (!tp->out_of_order_queue.rb_node)
		return false;
	last = tp->ooo_last_skb;
	return last && (segment_flags_in_control_block(last->cb) & TCP_FLAG_FIN);
}

static __always_inline void fill_look(struct tcp_event *e, struct tcp_sock *tp)
{
	struct inet_connection_sock *icsk = &tp->inet_conn;
	struct net *net = icsk->icsk_inet.sk.__sk_common.skc_net.net;

	if (fin_waits_out_of_order(tp))
		e->flags |= TCP_EVENT_FLAG_OUT_OF_ORDER_FIN;
	e->timer_in_jiffies = until_retransmit_timer(tp);
	e->keepalive_in_jiffies = until_keepalive_timer(tp);
	e->retransmitting_ms = retransmitting_ms(tp, e->ktime_ns);
	e->probing_jiffies = icsk->icsk_probes_tstamp ? ago(icsk->icsk_probes_tstamp) : FINTRAIL_NEVER;
	e->data_received_jiffies = ago(icsk->icsk_ack.lrcvtime);
	e->ack_received_jiffies = ago(tp->rcv_tstamp);
	e->data_sent_jiffies = ago(tp->lsndtime);
	if (bpf_core_field_exists(((struct inet_connection_sock___rto_max *)0)->icsk_rto_max))
		e->rto_max_jiffies = ((struct inet_connection_sock___rto_max *)tp)->icsk_rto_max;
	e->keepalive_time_jiffies = keepalive_time(tp);
	e->keepalive_interval_jiffies =
		tp->keepalive_intvl ? tp->keepalive_intvl : (__u32)net->ipv4.sysctl_tcp_keepalive_intvl;
	e->keepalive_probes = tp->keepalive_probes ? tp->keepalive_probes : net->ipv4.sysctl_tcp_keepalive_probes;
}

static __always_inline int look_at_listener(struct bpf_iter_meta *meta, struct tcp_sock *tp)
{
	struct sock *sk = (struct sock *)tp;
	struct tcp_event *e = record_of(sk, ANY_IN_NAMESPACE); /* its address is that of no connection */

	if (!e)
		return 0;
	e->kind = TCP_EVENT_SOCKET;
	e->accept_queue = sk->sk_ack_backlog;
	e->accept_queue_most = sk->sk_max_ack_backlog;
	e->listen_drops = sk->sk_drops.counter;
	submit_record(e);
	return pace(meta, 0);
}

/* A full socket's row. */
static __always_inline int tell_row(struct bpf_iter_meta *meta, struct tcp_sock *tp)
{
	struct tcp_event *e = record_of((struct sock *)tp, WITH_FACTS);

	if (!e)
		return 0;
	e->kind = TCP_EVENT_SOCKET;
	fill_look(e, tp);
	submit_record(e);
	return pace(meta, 0);
}

static __always_inline int look_at_full_socket(struct bpf_iter_meta *meta, struct tcp_sock *tp)
{
	struct sock *sk = (struct sock *)tp;
	__u8 state = sk->__sk_common.skc_state;

	if (state == TCP_LISTEN)
		return look_at_listener(meta, tp);
	return !snapshot.everything && is_at_ease(tp, state) ? 0 : tell_row(meta, tp);
}

/*
 * The FIN_WAIT2 of an orphan is told even where no event ever was about it, so it is given a cookie; other minisocks have the
 * one that their socket had.
 */
static __always_inline __u64 minisock_cookie(struct sock_common *skc, bool is_waiting)
{
	if (!cfg.has_socket_cookie)
		return 0;
	return is_waiting ? bpf_get_socket_cookie(skc) : (__u64)skc->skc_cookie.counter;
}

/* A request or a time-wait minisock has a tuple and a cookie, and little else. */
static __always_inline struct tcp_event *record_of_minisock(struct sock *sk, __u64 cookie)
{
	struct tuple t;
	struct tcp_event *e;

	read_tuple(&t, sk, NULL);
	if (!is_wanted(&t))
		return NULL;
	e = reserve_record();
	if (!e)
		return NULL;
	e->kind = TCP_EVENT_SOCKET;
	e->ktime_ns = bpf_ktime_get_ns();
	e->cookie = cookie;
	e->protocol = IPPROTO_TCP;
	e->new_state = sk->__sk_common.skc_state;
	e->old_state = e->new_state;
	e->timer_in_jiffies = FINTRAIL_NO_TIMER;
	fill_tuple(e, &t);
	return e;
}

SEC("iter/tcp")
int look_at_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct tcp_timewait_sock *tcptw;
	struct inet_timewait_sock *tw;
	struct tcp_sock *tp;
	struct tcp_event *e;

	if (!skc)
		return 0;
	tp = bpf_skc_to_tcp_sock(skc);
	if (tp)
		return look_at_full_socket(ctx->meta, tp);
	tcptw = bpf_skc_to_tcp_timewait_sock(skc);
	if (tcptw) {
		tw = (struct inet_timewait_sock *)tcptw;
		if (!snapshot.everything && tw->tw_substate != TCP_FIN_WAIT2)
			return 0;
		e = record_of_minisock((struct sock *)tcptw, minisock_cookie(skc, tw->tw_substate == TCP_FIN_WAIT2));
		if (!e)
			return 0;
		e->flags |= TCP_EVENT_FLAG_TIME_WAIT;
		e->old_state = tw->tw_substate;
		e->timer_in_jiffies = until(&tw->tw_timer);
		submit_record(e);
		return pace(ctx->meta, 0);
	}
	if (!snapshot.everything || skc->skc_state != TCP_NEW_SYN_RECV)
		return 0;
	e = record_of_minisock((struct sock *)skc, minisock_cookie(skc, false));
	if (!e)
		return 0;
	submit_record(e);
	return pace(ctx->meta, 0);
}

/* Which of all held sockets are told of: those that close, those that have closed, and those that only seem open. */
static __always_inline bool holder_matters(struct sock *sk, struct tcp_sock *tp)
{
	__u8 state = sk->__sk_common.skc_state;

	if (state == TCP_LISTEN || state == TCP_SYN_SENT)
		return false;
	if (state == TCP_CLOSE)
		return sk->sk_shutdown == 3; /* tcp_done(); a socket that never was connected has not been shut */
	if (state != TCP_ESTABLISHED)
		return true;
	return tp && !is_at_ease(tp, state);
}

static __always_inline bool waits_in_close_wait(struct sock *sk, struct tcp_sock *tp)
{
	return sk->__sk_common.skc_state == TCP_CLOSE_WAIT && tp &&
	       ago(tp->rcv_tstamp) >= cfg.stuck_after_jiffies;
}

/* A descriptor's row. */
static __always_inline int tell_holder(struct bpf_iter__task_file *ctx, struct task_struct *task, struct file *file,
				       struct sock *sk, struct tcp_sock *tp)
{
	struct tcp_event *e = record_of(sk, WITH_FACTS);
	__u32 pid;

	if (!e)
		return 0;
	pid = task->tgid;
	e->kind = TCP_EVENT_HOLDER;
	e->pid = pid;
	e->tid = task->pid;
	e->fd = ctx->fd;
	e->inode = (__u32)file->f_inode->i_ino;
	bpf_probe_read_kernel(e->comm, sizeof(e->comm), task->comm);
	submit_record(e);
	return pace(ctx->meta, waits_in_close_wait(sk, tp) ? pid | PACE_CLOSE_WAIT : pid);
}

SEC("iter/task_file")
int look_at_holders(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct tcp_sock *tp;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !is_tcp(sk))
		return 0;
	tp = bpf_skc_to_tcp_sock(sk); /* NULL for an MPTCP connection */
	return holder_matters(sk, tp) ? tell_holder(ctx, task, file, sk, tp) : 0;
}

#endif
