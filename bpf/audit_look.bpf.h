/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The looks of an audit. What stands for longer than stuck-after is told with the socket's own row behind it: the ledger
 * alone would accuse sockets that are long gone, because a transition of theirs was lost. What no look meets any more is
 * over: a FIN_WAIT2 minisock's time is up, and of any other the end was missed, which is counted and accuses nobody.
 */
#ifndef FINTRAIL_AUDIT_LOOK_H
#define FINTRAIL_AUDIT_LOOK_H

#define SECOND_NS 1000000000ULL
#define ABSENT_FOR_GOOD 2
/* What only seems open stands for hours. SnapshotKeeper knows of it. */
#define LOOKS_PER_OPEN_ROW 4
/* A FIN_WAIT2 minisock lives for 60 s at most (TCP_TIMEWAIT_LEN), and for two minutes more its peer's FIN is late. */
#define LATE_FIN_NS (185 * SECOND_NS)
#define DROPPED_FIN_KEPT_NS (600 * SECOND_NS)
#define UNREACHABLE_KEPT_NS (86400 * SECOND_NS)

/* Which namespaces this look has met sockets in: what it does not meet there is gone. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u32);
} looked_into SEC(".maps");

/* Neighbours in a look are often of one namespace. */
struct last_looked_into {
	__u32 netns;
	__u32 number;
};

struct last_looked_into last_looked_into SEC(".bss.last_looked_into") = {};

static __always_inline void note_namespace(__u32 netns)
{
	__u32 number = look.number;
	__u32 *last;

	if (last_looked_into.netns == netns && last_looked_into.number == number)
		return;
	last_looked_into.netns = netns;
	last_looked_into.number = number;
	last = bpf_map_lookup_elem(&looked_into, &netns);
	if (!last || *last != number)
		bpf_map_update_elem(&looked_into, &netns, &number, BPF_ANY);
}

static __always_inline bool is_looked_into(__u32 netns)
{
	__u32 *last = bpf_map_lookup_elem(&looked_into, &netns);

	return last && *last == look.number;
}

static __always_inline void count_half_closed(__u8 state, bool is_held, __u64 age_ns)
{
	__u64 seconds = age_ns / SECOND_NS;
	__u32 at = seconds < 1 ? 0 : seconds < 5 ? 1 : seconds < 30 ? 2 : seconds < 60 ? 3 : seconds < 300 ? 4 :
		   seconds < 900 ? 5 : seconds < 3600 ? 6 : 7;

	if (state < 12)
		look.half_closed[state][is_held ? 1 : 0]++;
	look.age[at]++;
	look.age_seconds += seconds;
}

static __always_inline bool may_be_of_dropped_fin(struct sock *sk, struct tcp_sock *tp, __u64 now)
{
	struct tuple t;
	__u64 *at;

	if (!ledger.use.dropped_fin_ns || now - ledger.use.dropped_fin_ns > DROPPED_FIN_KEPT_NS)
		return false;
	read_tuple(&t, sk, tp);
	at = bpf_map_lookup_elem(&dropped_fins, &t);
	return at && now - *at <= DROPPED_FIN_KEPT_NS;
}

/* For how long nothing has come and gone, at least: it may have stood in its state for as long. */
static __always_inline __u64 silent_ns(struct tcp_sock *tp)
{
	__u32 jiffies = ago(tp->rcv_tstamp);

	if (ago(tp->inet_conn.icsk_ack.lrcvtime) < jiffies)
		jiffies = ago(tp->inet_conn.icsk_ack.lrcvtime);
	if (ago(tp->lsndtime) < jiffies)
		jiffies = ago(tp->lsndtime);
	return (__u64)jiffies * cfg.jiffy_ns;
}

/*
 * Looks begin as many stories in a second as leave half of what may be for those that break meanwhile. What has to wait is as
 * it was at the next look.
 */
static __always_inline bool may_look_begin(const struct place *p)
{
	if (p->told != LEDGER_UNTOLD)
		return true;
	note_second();
	return ledger.use.begun <= cfg.most_stories / 2;
}

/* Met again, or for the first time. NULL where there is no room for it. */
static __always_inline struct place *place_met(__u64 cookie, struct sock *sk, __u8 stage, __u64 since_ns)
{
	struct place *p = find_place(cookie);

	if (!p)
		p = take_place(cookie, netns_of(sk), stage, since_ns);
	if (p) {
		p->look = look.number;
		p->absences = 0;
	}
	return p;
}

static __always_inline int audit_open_socket(struct bpf_iter_meta *meta, struct sock *sk, struct tcp_sock *tp, __u64 now)
{
	__u64 cookie = sk->__sk_common.skc_cookie.counter;
	bool is_new;
	struct place *p = cookie ? find_place(cookie) : NULL;

	if (is_at_ease(tp, sk->__sk_common.skc_state) && !may_be_of_dropped_fin(sk, tp, now)) {
		if (p && p->stage == LEDGER_OPEN && p->told == LEDGER_UNTOLD)
			free_place(p, cookie);
		else if (p)
			p->look = look.number;
		if (!p || p->told != LEDGER_TOLD)
			return 0;
	}
	if (!p && ledger.use.others >= LEDGER_OTHERS / 4)
		return 0; /* those that close need the rest */
	is_new = !p || p->told == LEDGER_UNTOLD;
	p = place_met(cookie_of(sk), sk, LEDGER_OPEN, now);
	if (!is_new && look.number % LOOKS_PER_OPEN_ROW)
		return 0;
	if (!p || (now - p->since_ns < cfg.stuck_after_ns && p->told != LEDGER_TOLD) || !may_look_begin(p) ||
	    !begin_story(p, sk))
		return 0;
	return tell_row(meta, tp);
}

static __always_inline int audit_closing_socket(struct bpf_iter_meta *meta, struct sock *sk, struct tcp_sock *tp, __u64 now)
{
	struct place *p = place_met(cookie_of(sk), sk, LEDGER_CLOSING, now - silent_ns(tp));
	__u64 age_ns = p ? now - p->since_ns : cfg.stuck_after_ns;

	count_half_closed(sk->__sk_common.skc_state, !(sk->__sk_common.skc_flags & SOCK_DEAD_BIT), age_ns);
	if (p && p->stage == LEDGER_OPEN)
		p->stage = LEDGER_CLOSING;
	if (age_ns < cfg.stuck_after_ns && (!p || p->told != LEDGER_TOLD))
		return 0;
	if (!(p ? may_look_begin(p) && begin_story(p, sk) : begin_unplaced_story(cookie_of(sk))))
		return 0;
	return tell_row(meta, tp);
}

static __always_inline bool minisock_is_wanted(struct sock *sk)
{
	struct tuple t;

	read_tuple(&t, sk, NULL);
	return is_wanted(&t);
}

static __always_inline int audit_minisock(struct bpf_iter_meta *meta, struct sock *sk, struct inet_timewait_sock *tw)
{
	__u64 cookie = sk->__sk_common.skc_cookie.counter;
	struct place *p;
	struct tcp_event *e;
	__u64 now;

	if (tw->tw_substate != TCP_FIN_WAIT2 || !cookie || !minisock_is_wanted(sk))
		return 0;
	now = bpf_ktime_get_ns();
	p = place_met(cookie, sk, LEDGER_WAITING, now);
	count_half_closed(TCP_FIN_WAIT2, false, p ? now - p->since_ns : 0);
	if (!p || (now - p->since_ns < cfg.stuck_after_ns && p->told != LEDGER_TOLD) || !may_look_begin(p) ||
	    !begin_noted_story(p))
		return 0;
	e = record_of_minisock(sk, cookie);
	if (!e)
		return 0;
	e->flags |= TCP_EVENT_FLAG_TIME_WAIT;
	e->old_state = TCP_FIN_WAIT2;
	e->timer_in_jiffies = until(&tw->tw_timer);
	submit_record(e);
	return pace(meta, 0);
}

SEC("iter/tcp")
int audit_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct tcp_timewait_sock *tcptw;
	struct tcp_sock *tp;
	struct sock *sk;
	__u8 state;

	if (!skc)
		return 0;
	note_namespace(netns_of((struct sock *)skc));
	tp = bpf_skc_to_tcp_sock(skc);
	if (tp) {
		sk = (struct sock *)tp;
		state = sk->__sk_common.skc_state;
		if (state == TCP_LISTEN)
			return look_at_listener(ctx->meta, tp);
		if (state == TCP_CLOSE || state == TCP_SYN_SENT || state == TCP_SYN_RECV || !socket_is_wanted(sk, tp))
			return 0;
		if (bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp)
			return 0;
		if (state == TCP_ESTABLISHED)
			return audit_open_socket(ctx->meta, sk, tp, bpf_ktime_get_ns());
		return audit_closing_socket(ctx->meta, sk, tp, bpf_ktime_get_ns());
	}
	tcptw = bpf_skc_to_tcp_timewait_sock(skc);
	if (!tcptw)
		return 0;
	return audit_minisock(ctx->meta, (struct sock *)tcptw, (struct inet_timewait_sock *)tcptw);
}

static __always_inline __u64 last_heard(const struct place *p)
{
	for (__u32 i = 0; i < LEDGER_MARKS; i++) {
		if (p->told == LEDGER_UNTOLD && p->marks == i + 1)
			return p->mark[i].ktime_ns;
	}
	return p->told == LEDGER_UNTOLD ? p->since_ns : p->last_ns;
}

/* Who holds what is told of, and what has closed without being let go: no other look can meet that. */
SEC("iter/task_file")
int audit_holders(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct tcp_sock *tp;
	struct place *p;
	struct sock *sk;
	__u64 now;
	bool is_unplaced_one;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !is_tcp(sk))
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (sk->__sk_common.skc_state == TCP_LISTEN || sk->__sk_common.skc_state == TCP_SYN_SENT)
		return 0;
	if (sk->__sk_common.skc_state == TCP_CLOSE && sk->sk_shutdown != 3)
		return 0;
	if (!tp && sk->__sk_common.skc_state == TCP_ESTABLISHED)
		return 0;
	if (tp) {
		now = bpf_ktime_get_ns();
		p = find_place((__u64)sk->__sk_common.skc_cookie.counter);
		is_unplaced_one = !p && is_unplaced((__u64)sk->__sk_common.skc_cookie.counter);
		/* Those that close need the rest. */
		if (!p && !is_unplaced_one && sk->__sk_common.skc_state == TCP_CLOSE && ledger.use.others < LEDGER_OTHERS / 4 &&
		    socket_is_wanted(sk, tp))
			p = take_place(cookie_of(sk), netns_of(sk), LEDGER_HELD, now);
		if (!p && !is_unplaced_one)
			return 0;
		if (p && p->stage == LEDGER_HELD) {
			p->look = look.number;
			p->absences = 0;
			if (p->told == LEDGER_UNTOLD && now - last_heard(p) >= cfg.stuck_after_ns && may_look_begin(p))
				begin_noted_story(p);
		}
		if (p && p->told != LEDGER_TOLD)
			return 0;
	}
	return tell_holder(ctx, task, file, sk, tp);
}

static __always_inline void sweep_absent(struct place *p, __u64 cookie, __u64 now)
{
	__u64 silent_ns = now - last_heard(p);
	bool is_missed = false, is_gone;

	if (p->look == (__u16)look.number)
		return;
	if (is_looked_into(p->netns)) {
		p->absences++;
		is_gone = p->absences >= ABSENT_FOR_GOOD && silent_ns >= 2 * SECOND_NS;
		is_missed = true;
	} else {
		/* Nobody can look there any more: its own events will end it, if there are any. */
		if (p->told == LEDGER_UNTOLD && now - p->since_ns >= cfg.stuck_after_ns)
			p->is_due = 1;
		is_gone = silent_ns >= UNREACHABLE_KEPT_NS;
	}
	if (!is_gone)
		return;
	if (is_missed && p->told == LEDGER_UNTOLD && p->stage == LEDGER_CLOSING)
		__sync_fetch_and_add(&counters.ends_missed, 1);
	free_place(p, cookie);
}

/* Whether it has told something. */
static __noinline bool sweep_place(struct place *p)
{
	__u64 now, cookie;

	if (!p)
		return false;
	cookie = p->cookie;
	if (!cookie)
		return false;
	now = bpf_ktime_get_ns();
	look.places++;
	if (p->stage == LEDGER_WAITING) {
		if (p->told != LEDGER_UNTOLD && now - last_heard(p) >= LATE_FIN_NS)
			free_place(p, cookie);
		else if (p->told == LEDGER_UNTOLD && p->look != (__u16)look.number && now - p->since_ns >= cfg.stuck_after_ns &&
			 (may_look_begin(p) || now - p->since_ns >= LATE_FIN_NS))
			return begin_noted_story(p); /* or counts it, where it has waited for too long */
	} else if (p->stage == LEDGER_HELD) {
		if (p->look != (__u16)look.number && ++p->absences >= ABSENT_FOR_GOOD && now - last_heard(p) >= cfg.stuck_after_ns) {
			if (p->told != LEDGER_TOLD && p->clean)
				count_close(p->service, p->clean); /* it was let go, and that was missed */
			free_place(p, cookie);
		}
	} else {
		sweep_absent(p, cookie, now);
	}
	return false;
}

/* While one of them is known of, each close is dearer. */
static __always_inline void forget_what_is_long_ago(void)
{
	__u64 now = bpf_ktime_get_ns();

	if (ledger.use.dropped_fin_ns && now - ledger.use.dropped_fin_ns > DROPPED_FIN_KEPT_NS)
		ledger.use.dropped_fin_ns = 0;
	if (ledger.use.unplaced_ns && now - ledger.use.unplaced_ns > UNREACHABLE_KEPT_NS)
		ledger.use.unplaced_ns = 0;
}

/* A function that is verified by itself: one that is verified anew at each of its calls takes too long. */
__noinline int sweep_number(__u32 number)
{
	return sweep_place(place_at(number));
}

#define SWEEP_BATCH 256
#define SWEEP_IS_OVER (1U << 31)

/*
 * A batch of places, from number ctx[0] on. Called by the looking thread (BPF_PROG_TEST_RUN). Returns how many stories it has
 * begun, and whether that was the last batch. An iterator over the map's elements would do the same, but some kernels
 * refuse that one with EPERM, whoever asks.
 */
SEC("raw_tp")
int sweep_ledger(__u64 *ctx)
{
	__u32 first = ctx[0], told = 0;

	if (!first)
		forget_what_is_long_ago();
	for (__u32 i = 0; i < SWEEP_BATCH; i++)
		told += sweep_number(first + i);
	return told | (first + SWEEP_BATCH >= LEDGER_FIRST + LEDGER_OTHERS ? SWEEP_IS_OVER : 0);
}

#endif
