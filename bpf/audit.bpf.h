/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The programs of an audit, one at each hook of fintrail.bpf.c: the same facts, but into the ledger until there is a reason
 * to tell them. They need atomics with a result and cookies in tracing programs, hence 5.12.
 */
#ifndef FINTRAIL_AUDIT_H
#define FINTRAIL_AUDIT_H

#include "ledger.bpf.h"

/* What one program wants to keep or tell of a socket. */
struct fact {
	__u64 ktime_ns;
	__u32 parts;
	__u32 reason;
	__u32 send_error;
	__u32 segment_seq;
	__u32 segment_end_seq;
	__u16 flags;
	__u8 kind;
	__u8 old_state;
	__u8 new_state;
	__u8 tcp_flags;
	__u8 reserved[2];
};

static __noinline int fill_fact(struct tcp_event *e, struct sock *sk, const struct fact *fact)
{
	if (!e || !sk || !fact)
		return 0;
	__builtin_memset(e, 0, sizeof(*e));
	fill_record(e, sk, bpf_skc_to_tcp_sock(sk), fact->parts);
	e->ktime_ns = fact->ktime_ns;
	e->kind = fact->kind;
	e->flags |= fact->flags;
	e->old_state = fact->old_state;
	e->new_state = fact->new_state;
	e->tcp_flags = fact->tcp_flags;
	e->segment_seq = fact->segment_seq;
	e->segment_end_seq = fact->segment_end_seq;
	e->reason = fact->reason;
	e->send_error = fact->send_error;
	return 0;
}

static __noinline int tell_fact(struct sock *sk, const struct fact *fact)
{
	struct tcp_event *e = reserve_record();

	if (!e)
		return 0;
	fill_fact(e, sk, fact);
	submit_record(e);
	return 0;
}

static __always_inline __u64 pid_tgid_of(struct task_struct *task)
{
	return (__u64)task->tgid << 32 | (__u32)task->pid;
}

/* The place's own where it has none yet, or the same. */
static __always_inline bool is_task_of_place(struct place *p, __u64 pid_tgid, const __u64 *comm)
{
	if (!p->task.pid_tgid) {
		p->task.pid_tgid = pid_tgid;
		p->task.comm[0] = comm[0];
		p->task.comm[1] = comm[1];
		return pid_tgid;
	}
	return p->task.pid_tgid == pid_tgid && p->task.comm[0] == comm[0] && p->task.comm[1] == comm[1];
}

static __always_inline void note_task(struct task *kept, __u64 pid_tgid, const __u64 *comm)
{
	kept->pid_tgid = pid_tgid;
	kept->comm[0] = comm[0];
	kept->comm[1] = comm[1];
}

static __always_inline void mark_task(struct place *p, struct mark *m, struct mark_detail *detail)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 pid_tgid = pid_tgid_of(task);
	const __u64 *comm = (const __u64 *)task->comm;
	__u8 kept = MARK_TASK_OF_PLACE;

	if (!is_task_of_place(p, pid_tgid, comm)) {
		kept = MARK_TASK_OWN;
		note_task(&detail->task, pid_tgid, comm);
	}
	m->timer_and_task |= kept << 4;
	if (task->flags & PF_EXITING)
		m->flags |= TCP_EVENT_FLAG_TASK_EXITING;
	if (task->flags & PF_KTHREAD)
		m->flags |= TCP_EVENT_FLAG_KERNEL_THREAD;
}

static __always_inline void mark_facts(struct mark *m, struct sock *sk, struct tcp_sock *tp)
{
	struct inet_connection_sock *icsk = &tp->inet_conn;

	m->flags |= TCP_EVENT_FLAG_FULL_SOCKET;
	if (tp->out_of_order_queue.rb_node)
		m->flags |= TCP_EVENT_FLAG_OUT_OF_ORDER;
	if (sk->sk_socket)
		m->flags |= TCP_EVENT_FLAG_HAS_SOCKET_FILE;
	m->write_seq = tp->write_seq;
	m->snd_una = tp->snd_una;
	m->snd_nxt = tp->snd_nxt;
	m->snd_wl1 = tp->snd_wl1;
	m->snd_wnd = tp->snd_wnd;
	m->rcv_nxt = tp->rcv_nxt;
	m->copied_seq = tp->copied_seq;
	m->packets_out = tp->packets_out;
	m->segments_received = tp->segs_in;
	m->rto_and_wraps = rto_and_wraps(icsk->icsk_rto, tp->bytes_acked, tp->bytes_received);
	m->socket_flags = (__u32)sk->__sk_common.skc_flags;
	m->error = sk->sk_err;
	m->soft_error = sk->sk_err_soft;
	m->shutdown = sk->sk_shutdown;
	m->timer_and_task = icsk->icsk_pending & 0xf;
	m->retransmits = icsk->icsk_retransmits;
	m->backoff = icsk->icsk_backoff;
	m->probes_out = icsk->icsk_probes_out;
}

static __always_inline struct mark_detail *detail_of(struct place *p)
{
	__u32 number = p->marks;

	return number < LEDGER_MARKS ? &p->detail[number] : NULL;
}

/* NULL: it can keep no more of them. */
static __always_inline struct mark *next_mark(struct place *p)
{
	__u32 number = p->marks;

	return p->told == LEDGER_UNTOLD && number < LEDGER_MARKS && !p->is_due ? &p->mark[number] : NULL;
}

static __always_inline void finish_mark(struct place *p)
{
	__u32 number = p->marks;

	p->marks = number + 1;
	if (p->told == LEDGER_TOLD)
		tell_mark(p, number); /* a sweep has begun its story meanwhile */
}

/* Into the ledger where it can wait, into the ring where its story has begun. */
static __noinline int mark_fact(struct place *p, struct sock *sk, struct tcp_sock *tp, const struct fact *fact)
{
	struct mark_detail *detail;
	struct mark *m;

	if (!p || !sk || !fact)
		return 0;
	m = next_mark(p);
	if (!tp || !m) {
		p->last_ns = fact->ktime_ns;
		if (begin_story(p, sk))
			tell_fact(sk, fact);
		return 0;
	}
	m->ktime_ns = fact->ktime_ns;
	m->kind = fact->kind;
	m->flags = fact->flags;
	m->old_state = fact->old_state;
	m->new_state = fact->new_state;
	m->timer_and_task = 0;
	if (fact->parts & WITH_FACTS)
		mark_facts(m, sk, tp);
	detail = detail_of(p);
	if (!detail)
		return 0;
	if (fact->parts & WITH_TASK)
		mark_task(p, m, detail);
	if (fact->flags & TCP_EVENT_FLAG_HAS_SEGMENT) {
		detail->tcp_flags = fact->tcp_flags;
		detail->segment_seq = fact->segment_seq;
		detail->segment_end_seq = fact->segment_end_seq;
	}
	finish_mark(p);
	return 0;
}

/* A reason to tell the whole story: what was kept, and this. */
static __noinline int tell_story(struct place *p, __u64 cookie, struct sock *sk, const struct fact *fact)
{
	if (p ? begin_story(p, sk) : begin_unplaced_story(cookie))
		tell_fact(sk, fact);
	return 0;
}

/* What the numbers of a socket that becomes CLOSE prove; the same as CloseRules says of them, and nothing else. */
static __always_inline __u32 clean_close(struct sock *sk, struct tcp_sock *tp, int old_state)
{
	if (sk->sk_err)
		return CLEAN_CLOSE_NONE;
	if (old_state == TCP_FIN_WAIT2)
		return sk->__sk_common.skc_flags & SOCK_DONE_BIT ? CLEAN_CLOSE_ACTIVE : CLEAN_CLOSE_NONE;
	if (tp->write_seq != tp->snd_una)
		return CLEAN_CLOSE_NONE;
	if (old_state == TCP_LAST_ACK)
		return CLEAN_CLOSE_PASSIVE;
	return old_state == TCP_CLOSING ? CLEAN_CLOSE_SIMULTANEOUS : CLEAN_CLOSE_NONE;
}

/* Before its FIN is due a connection is of no interest, and one that never was open has no close. */
static __always_inline bool is_part_of_a_close(int old_state, int new_state)
{
	if (new_state == TCP_CLOSE)
		return old_state != TCP_LISTEN && old_state != TCP_SYN_SENT && old_state != TCP_SYN_RECV &&
		       old_state != TCP_CLOSE;
	return new_state == TCP_FIN_WAIT1 || new_state == TCP_FIN_WAIT2 || new_state == TCP_CLOSE_WAIT ||
	       new_state == TCP_LAST_ACK || new_state == TCP_CLOSING;
}

static __always_inline void wait_for_late_fin(struct place *p, struct sock *sk, struct tcp_sock *tp, __u64 cookie)
{
	__u8 waiting = UNPLACED_WAITING;
	struct tuple t;

	if (p) {
		p->stage = LEDGER_WAITING;
		p->service = service_of(sk, tp);
		if (p->told == LEDGER_UNTOLD)
			note_common(p, sk); /* the minisock that goes on cannot be asked */
	} else {
		bpf_map_update_elem(&unplaced, &cookie, &waiting, BPF_ANY);
	}
	if (cfg.has_receiving_socket)
		return;
	read_tuple(&t, sk, tp);
	bpf_map_update_elem(&late_fin_cookies, &t, &cookie, BPF_ANY);
}

/* Addresses of FINs that were dropped before anybody knew whose they were: a look at open sockets heeds them. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct tuple);
	__type(value, __u64);
} dropped_fins SEC(".maps");

/* What is found there later is not this connection's. */
static __noinline int forget_dropped_fin(struct sock *sk, struct tcp_sock *tp)
{
	struct tuple t;

	if (!sk || !tp)
		return 0;
	read_tuple(&t, sk, tp);
	bpf_map_delete_elem(&dropped_fins, &t);
	return 0;
}

static __always_inline void end_in_ledger(struct sock *sk, struct tcp_sock *tp, __u64 cookie, struct fact *fact)
{
	__u32 clean = clean_close(sk, tp, fact->old_state);
	bool is_dead = sk->__sk_common.skc_flags & SOCK_DEAD_BIT;
	struct place *p = find_place(cookie);
	bool is_untold = p ? p->told != LEDGER_TOLD : !is_unplaced(cookie);

	if (clean && is_dead && is_untold) {
		count_close(service_of(sk, tp), clean);
		if (p)
			free_place(p, cookie);
		if (ledger.use.dropped_fin_ns)
			forget_dropped_fin(sk, tp);
		return;
	}
	fact->ktime_ns = bpf_ktime_get_ns();
	if (!p && is_untold)
		p = take_place(cookie, netns_of(sk), LEDGER_CLOSING, fact->ktime_ns);
	if (p && clean) {
		p->stage = LEDGER_HELD;
		p->clean = clean;
		p->service = service_of(sk, tp);
		mark_fact(p, sk, tp, fact);
		if (p->told == LEDGER_UNTOLD)
			note_common(p, sk);
		return;
	}
	if (!clean && fact->old_state == TCP_FIN_WAIT2 && is_dead && !sk->sk_err && (p || begin_unplaced_story(cookie))) {
		wait_for_late_fin(p, sk, tp, cookie);
		if (!cfg.has_drop_reason)
			fact->flags |= flag_of_full_table(sk, fact->old_state, TCP_CLOSE);
		if (p && !(fact->flags & TCP_EVENT_FLAG_TIME_WAIT_FULL)) {
			mark_fact(p, sk, tp, fact);
			return;
		}
	}
	tell_story(p, cookie, sk, fact);
}

/*
 * To ask the clock may cost as much as all the rest (100 ns in a virtual machine). What a segment of the peer's led to was
 * stamped when that came: tcp_mstamp_refresh() is the first thing that tcp_rcv_established() and tcp_rcv_state_process() do.
 */
static __always_inline __u64 time_of(struct tcp_sock *tp, __u32 parts, const struct place *p)
{
	if ((parts & WITH_TASK) || !bpf_core_field_exists(tp->tcp_clock_cache) || (p && p->told != LEDGER_UNTOLD))
		return bpf_ktime_get_ns();
	return tp->tcp_clock_cache;
}

static __always_inline void follow_transition(struct sock *sk, int old_state, int new_state)
{
	struct fact fact = {.parts = WITH_FACTS, .kind = TCP_EVENT_STATE, .old_state = old_state, .new_state = new_state};
	struct tcp_sock *tp;
	struct place *p;
	__u64 cookie;

	tp = bpf_skc_to_tcp_sock(sk);
	if (!socket_is_wanted(sk, tp))
		return;
	fact.parts |= may_be_the_owner(old_state, new_state) ? WITH_TASK : 0;
	if (!tp) { /* MPTCP: shares its listener's cookie, and has no numbers that prove anything */
		fact.ktime_ns = bpf_ktime_get_ns();
		tell_fact(sk, &fact);
		return;
	}
	if (bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp)
		return; /* the connection that it is a path of has the story */
	cookie = cookie_of(sk);
	if (new_state == TCP_CLOSE) {
		end_in_ledger(sk, tp, cookie, &fact);
		return;
	}
	p = find_place(cookie);
	fact.ktime_ns = time_of(tp, fact.parts, p);
	if (!p && !is_unplaced(cookie))
		p = take_place(cookie, netns_of(sk), LEDGER_CLOSING, fact.ktime_ns);
	if (!p) {
		tell_story(NULL, cookie, sk, &fact);
		return;
	}
	if (p->stage == LEDGER_OPEN) {
		p->stage = LEDGER_CLOSING;
		if (p->told == LEDGER_UNTOLD)
			p->since_ns = fact.ktime_ns;
	}
	mark_fact(p, sk, tp, &fact);
}

/* Its result has to be used, and must not be known: clang leaves one out else, and the verifier finds what was in r0 before. */
static __noinline int audit_transition(struct sock *sk, int old_state, int new_state)
{
	int done = 0;

	if (sk)
		follow_transition(sk, old_state, new_state);
	barrier_var(done);
	return done;
}

/*
 * What nearly every close consists of, and all that is done of it there. The rest is left to audit_transition(), which does
 * the same and more: this is apart because of what it lacks. It calls as little as it can (a return is a misprediction where
 * srso_alias_return_thunk() is), and it has next to nothing on the stack: with 64 bytes of it, a program is given a stack of
 * its own (BPF_PRIV_STACK_MIN_SIZE), which is not in the cache.
 */
static __always_inline bool is_simple_step(struct sock *sk, int old_state, int new_state)
{
	struct tcp_sock *tp;
	struct place *p;
	struct mark *m;
	__u32 netns, clean;
	__u64 cookie, now;

	if (cfg.port_count || cfg.address_prefix_bits)
		return false;
	netns = netns_of(sk);
	if (cfg.netns && cfg.netns != netns)
		return true;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return false;
	cookie = sk->__sk_common.skc_cookie.counter;
	p = find_place(cookie);
	if (new_state == TCP_CLOSE) {
		clean = clean_close(sk, tp, old_state);
		if (!p || p->told != LEDGER_UNTOLD || !clean || !(sk->__sk_common.skc_flags & SOCK_DEAD_BIT))
			return false;
		count_close(service_of(sk, tp), clean);
		free_place(p, cookie);
		if (ledger.use.dropped_fin_ns)
			forget_dropped_fin(sk, tp);
		return true;
	}
	now = time_of(tp, may_be_the_owner(old_state, new_state) ? WITH_TASK : 0, NULL);
	if (!p) {
		if (ledger.use.unplaced_ns || (bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp))
			return false;
		p = take_place(cookie_of(sk), netns, LEDGER_CLOSING, now);
		if (!p)
			return false;
	}
	m = next_mark(p);
	if (!m || p->stage != LEDGER_CLOSING)
		return false;
	m->ktime_ns = now;
	m->kind = TCP_EVENT_STATE;
	m->flags = 0;
	m->old_state = old_state;
	m->new_state = new_state;
	mark_facts(m, sk, tp);
	if (may_be_the_owner(old_state, new_state)) {
		struct mark_detail *detail = detail_of(p);

		if (detail)
			mark_task(p, m, detail);
	}
	finish_mark(p);
	return true;
}

/* connect(AF_UNSPEC) and connect() again: another connection, with the same cookie. */
static __noinline int forget_former_life(struct sock *sk)
{
	struct place *p;
	__u64 cookie;

	if (!sk)
		return 0;
	cookie = sk->__sk_common.skc_cookie.counter;
	p = find_place(cookie);
	if (!p)
		return 0;
	if (p->stage == LEDGER_HELD && p->told != LEDGER_TOLD && p->clean)
		count_close(p->service, p->clean);
	free_place(p, cookie);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int audit_inet_sock_set_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	int old_state = (int)ctx[1];
	int new_state = (int)ctx[2];

	if (new_state == TCP_SYN_SENT && sk->__sk_common.skc_cookie.counter && is_tcp(sk))
		forget_former_life(sk);
	if (!is_part_of_a_close(old_state, new_state) || !is_tcp(sk))
		return 0;
	leave_word(sk, old_state, new_state);
	return is_simple_step(sk, old_state, new_state) ? 0 : audit_transition(sk, old_state, new_state);
}

SEC("tp_btf/inet_sock_set_state")
int instead_audit_inet_sock_set_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	int old_state = (int)ctx[1];
	int new_state = (int)ctx[2];

	if (!is_part_of_a_close(old_state, new_state) || !is_tcp(sk))
		return 0;
	return word_was_left(sk, old_state, new_state) ? 0 : audit_transition(sk, old_state, new_state);
}

static __always_inline void count_retransmit(struct tcp_sock *tp)
{
	struct inet_connection_sock *icsk = &tp->inet_conn;
	struct audit_totals *here = totals_here();

	if (!here)
		return;
	if (icsk->icsk_pending == ICSK_TIME_LOSS_PROBE)
		here->retransmits_tlp++;
	else if (icsk->icsk_retransmits)
		here->retransmits_rto++;
	else
		here->retransmits_recovery++;
}

SEC("tp_btf/tcp_retransmit_skb")
int audit_tcp_retransmit_skb(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct sk_buff *skb = (struct sk_buff *)ctx[1];
	struct fact fact = {.ktime_ns = bpf_ktime_get_ns(), .parts = WITH_FACTS, .kind = TCP_EVENT_RETRANSMIT};
	__u8 state = sk->__sk_common.skc_state;
	struct tcp_sock *tp;
	struct place *p;
	__u64 cookie;

	if (is_minisock(sk))
		return 0;
	fact.tcp_flags = segment_flags_in_control_block(skb->cb);
	if (!(fact.tcp_flags & TCP_FLAG_FIN) && state != TCP_FIN_WAIT1 && state != TCP_CLOSING && state != TCP_LAST_ACK)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp || !socket_is_wanted(sk, tp) || (bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp))
		return 0;
	if (cfg.has_retransmit_error)
		fact.send_error = (__u32)ctx[2];
	if ((fact.tcp_flags & TCP_FLAG_FIN) && !fact.send_error)
		count_retransmit(tp);
	fact.flags = TCP_EVENT_FLAG_HAS_SEGMENT | TCP_EVENT_FLAG_OUTGOING;
	fact.old_state = state;
	fact.new_state = state;
	fact.segment_seq = BPF_CORE_READ((struct tcp_skb_cb *)skb->cb, seq);
	fact.segment_end_seq = BPF_CORE_READ((struct tcp_skb_cb *)skb->cb, end_seq);
	cookie = cookie_of(sk);
	p = find_place(cookie);
	if (!p) {
		if (is_unplaced(cookie))
			tell_fact(sk, &fact);
		return 0;
	}
	if (fact.send_error)
		tell_story(p, cookie, sk, &fact);
	else
		mark_fact(p, sk, tp, &fact);
	return 0;
}

/* A fact of a full socket that is never part of a clean close. */
static __always_inline int tell_of_socket(struct sock *sk, const struct fact *fact)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct place *p;
	__u64 cookie;

	if (!socket_is_wanted(sk, tp))
		return 0;
	if (!tp)
		return tell_fact(sk, fact);
	cookie = cookie_of(sk);
	p = find_place(cookie);
	/* tcp_rcv_state_process() answers data after a close when the socket has been destroyed already. */
	if (!p && fact->old_state == TCP_CLOSE)
		return tell_fact(sk, fact);
	if (!p)
		p = take_place(cookie, netns_of(sk), fact->old_state == TCP_ESTABLISHED ? LEDGER_OPEN : LEDGER_CLOSING,
			       fact->ktime_ns);
	return tell_story(p, cookie, sk, fact);
}

/* Nobody's segment that was dropped or refused: its addresses are all that tells whose it was. */
static __always_inline bool stray_is_told(void)
{
	if (may_tell_stray())
		return true;
	__sync_fetch_and_add(&counters.strays_refused, 1);
	return false;
}

SEC("tp_btf/tcp_send_reset")
int audit_tcp_send_reset(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct sk_buff *skb = (struct sk_buff *)ctx[1];
	__u32 reason = cfg.has_reset_reason ? (__u32)ctx[2] : 0;
	__u64 cookie;
	struct tcp_event *e;
	struct place *p;

	if (sk && !is_minisock(sk) && sk->__sk_common.skc_state != TCP_LISTEN) {
		struct fact fact = {.parts = WITH_FACTS | WITH_TASK, .kind = TCP_EVENT_RESET_SENT};

		fact.ktime_ns = bpf_ktime_get_ns();
		fact.old_state = sk->__sk_common.skc_state;
		fact.new_state = fact.old_state;
		fact.reason = reason;
		if (!cfg.has_reset_reason)
			fact.flags |= TCP_EVENT_FLAG_NO_REASON;
		if (skb)
			fact.flags |= TCP_EVENT_FLAG_HAS_SEGMENT;
		return tell_of_socket(sk, &fact);
	}
	if (!skb)
		return 0;
	if (sk && sk->__sk_common.skc_state == TCP_TIME_WAIT) {
		cookie = sk->__sk_common.skc_cookie.counter;
		p = find_place(cookie);
		if (!(p ? begin_noted_story(p) : is_unplaced(cookie)))
			return 0;
		e = record_of_segment(skb, sk, 0);
		return e ? submit_reset(e, reason, skb) : 0;
	}
	if (sk && sk->__sk_common.skc_state != TCP_LISTEN)
		sk = NULL;
	e = record_of_segment(skb, sk, TCP_FLAG_FIN);
	if (!e)
		return 0;
	if (!stray_is_told()) {
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
		return 0;
	}
	return submit_reset(e, reason, skb);
}

SEC("tp_btf/tcp_receive_reset")
int audit_tcp_receive_reset(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct fact fact = {.ktime_ns = bpf_ktime_get_ns(), .parts = WITH_FACTS, .kind = TCP_EVENT_RESET_RECEIVED};

	fact.old_state = sk->__sk_common.skc_state;
	fact.new_state = fact.old_state;
	if (fact.old_state == TCP_SYN_SENT || fact.old_state == TCP_SYN_RECV)
		return 0; /* never was a connection */
	return tell_of_socket(sk, &fact);
}

static __noinline int audit_destroy(struct sock *sk)
{
	struct fact fact = {.ktime_ns = bpf_ktime_get_ns(), .kind = TCP_EVENT_DESTROY};
	__u8 *unplaced_stage;
	struct place *p;
	__u64 cookie;

	if (!sk)
		return 0;
	cookie = sk->__sk_common.skc_cookie.counter;
	p = find_place(cookie);
	fact.old_state = sk->__sk_common.skc_state;
	fact.new_state = fact.old_state;
	if (!p) {
		unplaced_stage = bpf_map_lookup_elem(&unplaced, &cookie);
		if (!unplaced_stage)
			return 0;
		tell_fact(sk, &fact);
		if (*unplaced_stage != UNPLACED_WAITING)
			bpf_map_delete_elem(&unplaced, &cookie);
		return 0;
	}
	if (p->stage == LEDGER_WAITING) {
		mark_fact(p, sk, bpf_skc_to_tcp_sock(sk), &fact);
		return 0;
	}
	if (p->told == LEDGER_TOLD)
		tell_fact(sk, &fact);
	else if (p->stage == LEDGER_HELD && p->clean)
		count_close(p->service, p->clean);
	else if (p->told == LEDGER_UNTOLD && p->stage == LEDGER_CLOSING)
		__sync_fetch_and_add(&counters.ends_missed, 1);
	free_place(p, cookie);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int audit_tcp_destroy_sock(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	__u64 cookie = sk->__sk_common.skc_cookie.counter;

	if (cookie && (find_place(cookie) || ledger.use.unplaced_ns))
		audit_destroy(sk);
	return 0;
}

SEC("tp_btf/inet_sk_error_report")
int audit_inet_sk_error_report(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct fact fact = {.ktime_ns = bpf_ktime_get_ns(), .parts = WITH_FACTS, .kind = TCP_EVENT_ERROR_REPORT};
	struct place *p;
	__u64 cookie;

	if (!is_tcp(sk) || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	cookie = sk->__sk_common.skc_cookie.counter;
	if (!cookie)
		return 0;
	fact.old_state = sk->__sk_common.skc_state;
	fact.new_state = fact.old_state;
	p = find_place(cookie);
	if (p)
		mark_fact(p, sk, bpf_skc_to_tcp_sock(sk), &fact);
	else if (is_unplaced(cookie))
		tell_fact(sk, &fact);
	return 0;
}

static __noinline int tell_eof_read(struct sock *sk)
{
	struct fact fact = {.parts = WITH_TASK, .kind = TCP_EVENT_EOF_READ}; /* its numbers prove nothing more */

	if (!sk)
		return 0;
	fact.ktime_ns = bpf_ktime_get_ns();
	fact.old_state = sk->__sk_common.skc_state;
	fact.new_state = fact.old_state;
	return tell_fact(sk, &fact);
}

SEC("tp_btf/sock_recv_length")
int audit_sock_recv_length(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct task_struct *task;
	const __u64 *comm;
	__u64 cookie, now;
	struct place *p;

	if ((int)ctx[1] != 0 || !is_tcp(sk) || !(sk->__sk_common.skc_flags & SOCK_DONE_BIT))
		return 0;
	if (((int)ctx[2] & MSG_ERRQUEUE) || sk->sk_err || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	cookie = sk->__sk_common.skc_cookie.counter;
	p = find_place(cookie);
	if (!p && !is_unplaced(cookie))
		return 0;
	if (!p || p->told == LEDGER_TOLD)
		return tell_eof_read(sk);
	if (!p->eof_ns) {
		task = bpf_get_current_task_btf();
		comm = (const __u64 *)task->comm;
		now = bpf_ktime_get_ns();
		if (!is_task_of_place(p, pid_tgid_of(task), comm)) {
			note_task(&p->eof_task, pid_tgid_of(task), comm);
			p->eof_own_ns = now;
		}
		*(volatile __u64 *)&p->eof_ns = now; /* at last: whoever tells of it has no lock */
	}
	return 0;
}

static __always_inline void remember_dropped_fin(const struct tcp_event *e)
{
	struct tuple t;

	if (!(e->tcp_flags & TCP_FLAG_FIN))
		return;
	tuple_of(&t, e);
	ledger.use.dropped_fin_ns = e->ktime_ns;
	bpf_map_update_elem(&dropped_fins, &t, &ledger.use.dropped_fin_ns, BPF_ANY);
}

/* The peer's FIN came while a minisock waited for it: tcp_timewait_state_process has moved its substate on. */
static __always_inline bool was_late_fin(struct sk_buff *skb, struct sock *minisock)
{
	struct segment s;

	if (BPF_CORE_READ((struct inet_timewait_sock *)minisock, tw_substate) != TCP_TIME_WAIT)
		return false;
	return read_segment(&s, skb, TCP_FLAG_FIN) && !(s.tcp_flags & TCP_FLAG_RST);
}

/*
 * A segment's socket cannot be asked for all (no helper takes a pointer out of an skb); its addresses are the segment's, and
 * what the marks count bytes from can be read.
 */
static __always_inline void note_like_segment(struct place *p, const struct tcp_event *e, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	__builtin_memset(&p->like, 0, sizeof(p->like));
	tell_identity(&p->like, e);
	if (!sk || is_minisock(sk))
		return;
	p->like.flags = TCP_EVENT_FLAG_FULL_SOCKET;
	p->like.sent_bytes = BPF_CORE_READ(tp, bytes_acked);
	p->like.snd_una = BPF_CORE_READ(tp, snd_una);
	p->like.received_bytes = BPF_CORE_READ(tp, bytes_received);
	p->like.rcv_nxt = BPF_CORE_READ(tp, rcv_nxt);
}

/* The connection that it is a path of has the story. */
static __always_inline bool is_subflow(struct sock *sk, __u8 state)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	if (!bpf_core_field_exists(tp->is_mptcp) || !sk || state == 0 || state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV ||
	    state == TCP_LISTEN)
		return false;
	return BPF_CORE_READ(tp, is_mptcp);
}

SEC("tp_btf/kfree_skb")
int audit_kfree_skb(__u64 *ctx)
{
	struct sk_buff *skb = (struct sk_buff *)ctx[0];
	__u32 reason = drop_reason(ctx[1], cfg.has_drop_reason ? ctx[2] : 0);
	struct sock *receiver = NULL;
	struct place *p = NULL;
	__u64 cookie;
	struct tcp_event *e;
	bool is_told;

	if (reason_is_ignored(reason))
		return 0;
	if (cfg.has_receiving_socket)
		receiver = (struct sock *)ctx[3];
	if (receiver && receiver->__sk_common.skc_state == TCP_TIME_WAIT) {
		cookie = receiver->__sk_common.skc_cookie.counter;
		p = find_place(cookie);
		if (!p && !is_unplaced(cookie))
			return 0; /* what it had to wait for has come */
		/* Where it is still CLOSING, this comes between another processor's tcp_time_wait() and tcp_done(): it is told. */
		if (p && p->told == LEDGER_UNTOLD && p->stage >= LEDGER_WAITING && reason == cfg.reason_not_specified &&
		    was_late_fin(skb, receiver)) {
			if (p->stage == LEDGER_HELD)
				return 0; /* a repeat of what came before */
			/* A sweep may have begun its story this moment. */
			if (__sync_val_compare_and_swap(&p->told, LEDGER_UNTOLD, LEDGER_REFUSED) == LEDGER_UNTOLD) {
				count_close(p->service, CLEAN_CLOSE_ACTIVE_LATE);
				free_place(p, cookie);
				return 0;
			}
		}
	}
	e = record_of_freed_segment(skb, receiver, reason);
	if (!e)
		return 0;
	e->kind = TCP_EVENT_SEGMENT_FREED;
	e->reason = reason;
	if (!has_drop_reason(reason))
		e->flags |= TCP_EVENT_FLAG_NO_REASON;
	if (is_subflow(receiver ? receiver : skb->sk, e->new_state)) {
		is_told = false;
	} else if (!e->cookie) {
		is_told = stray_is_told();
		if (is_told)
			remember_dropped_fin(e);
	} else {
		p = find_place(e->cookie);
		if (!p && e->new_state != TCP_CLOSE && !(e->flags & TCP_EVENT_FLAG_TIME_WAIT) && !is_unplaced(e->cookie))
			p = take_place(e->cookie, e->netns,
				       e->new_state == TCP_ESTABLISHED ? LEDGER_OPEN : LEDGER_CLOSING, e->ktime_ns);
		if (p && p->told == LEDGER_UNTOLD && p->stage != LEDGER_WAITING && p->stage != LEDGER_HELD)
			note_like_segment(p, e, receiver ? receiver : skb->sk);
		is_told = p ? begin_noted_story(p) : is_unplaced(e->cookie);
	}
	if (is_told)
		submit_record(e);
	else
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif
