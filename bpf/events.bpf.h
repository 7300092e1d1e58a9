/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What each tracepoint's program tells: facts, no judgement. Both front ends call these, with the tracepoint's arguments
 * (fintrail.bpf.c, fintrail.bcc.c). Keep them short: while one runs, a softirq on the same CPU that hits the same
 * program is skipped by the kernel (recursion_misses), and that fact is lost where no other stands in.
 */
#ifndef FINTRAIL_EVENTS_H
#define FINTRAIL_EVENTS_H

static __always_inline bool is_tcp(struct sock *sk)
{
	__u16 family = READ(sk->__sk_common.skc_family);
	__u16 protocol;

	if (family != AF_INET && family != AF_INET6)
		return false;
	protocol = READ(sk->sk_protocol);
	return protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP;
}

static __always_inline bool is_minisock(struct sock *sk)
{
	__u8 state = READ(sk->__sk_common.skc_state);

	return state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV;
}

/*
 * LISTEN > SYN_RECV still carries the listener's cookie and ports up to 6.12 (inet_csk_clone_lock), and a
 * connect that failed never was a connection: a lifecycle needs neither.
 */
static __always_inline bool is_part_of_a_lifecycle(int old_state, int new_state)
{
	if (old_state == TCP_LISTEN || new_state == TCP_LISTEN)
		return false;
	return !(old_state == TCP_SYN_SENT && new_state == TCP_CLOSE);
}

/* connect(), shutdown() and close() run in the caller's context; the other transitions name whom a softirq interrupted. */
static __always_inline bool may_be_the_owner(int old_state, int new_state)
{
	return old_state == new_state || new_state == TCP_SYN_SENT || new_state == TCP_FIN_WAIT1 ||
	       new_state == TCP_LAST_ACK || new_state == TCP_CLOSE;
}

static __always_inline void tell_transition(struct sock *sk, int old_state, int new_state)
{
	struct tcp_event *e;

	if (!is_tcp(sk) || !is_part_of_a_lifecycle(old_state, new_state))
		return;
	e = record_of(sk, WITH_FACTS);
	if (!e)
		return;
	e->kind = TCP_EVENT_STATE;
	e->old_state = old_state;
	e->new_state = new_state;
	if (may_be_the_owner(old_state, new_state))
		fill_task(e);
	remember_late_fin(e);
	if (!cfg.has_drop_reason)
		e->flags |= flag_of_full_table(sk, old_state, new_state);
	submit_record(e);
}

static __always_inline void tell_retransmit(struct sock *sk, struct sk_buff *skb, __u32 send_error)
{
	__u8 state = READ(sk->__sk_common.skc_state);
	__u8 tcp_flags;
	struct tcp_event *e;

	if (is_minisock(sk))
		return;
	tcp_flags = segment_flags_in_control_block(skb->cb);
	if (!(tcp_flags & TCP_FLAG_FIN) && state != TCP_FIN_WAIT1 && state != TCP_CLOSING && state != TCP_LAST_ACK)
		return;
	e = record_of(sk, WITH_FACTS);
	if (!e)
		return;
	e->kind = TCP_EVENT_RETRANSMIT;
	e->flags |= TCP_EVENT_FLAG_HAS_SEGMENT | TCP_EVENT_FLAG_OUTGOING;
	e->tcp_flags = tcp_flags;
	e->segment_seq = BPF_CORE_READ((struct tcp_skb_cb *)skb->cb, seq);
	e->segment_end_seq = BPF_CORE_READ((struct tcp_skb_cb *)skb->cb, end_seq);
	e->send_error = send_error;
	submit_record(e);
}

static __always_inline int submit_reset(struct tcp_event *e, __u32 reason, struct sk_buff *skb)
{
	e->kind = TCP_EVENT_RESET_SENT;
	e->reason = reason;
	if (!cfg.has_reset_reason)
		e->flags |= TCP_EVENT_FLAG_NO_REASON;
	if (skb)
		e->flags |= TCP_EVENT_FLAG_HAS_SEGMENT;
	submit_record(e);
	return 0;
}

/*
 * Each record is checked where it was made: a second check, after the branches meet, is one in which the verifier
 * of 6.1 sees a way to lose the record ("Unreleased reference": reg_type_not_null knew no PTR_TO_MEM).
 */
static __always_inline int tell_reset_sent(struct sock *sk, struct sk_buff *skb, __u32 reason)
{
	struct tcp_event *e;

	/* A segment for no socket: the listener, or nothing, stands in sk; the packet has the addresses. The listener
	 * has the namespace: skb->dev is gone when it answers (tcp_v4_rcv). */
	if (sk && !is_minisock(sk) && READ(sk->__sk_common.skc_state) != TCP_LISTEN) {
		e = record_of(sk, WITH_FACTS | WITH_TASK);
		return e ? submit_reset(e, reason, skb) : 0;
	}
	if (!skb)
		return 0;
	if (sk && READ(sk->__sk_common.skc_state) == TCP_TIME_WAIT) {
		e = record_of_segment(skb, sk, 0);
		return e ? submit_reset(e, reason, skb) : 0;
	}
	if (sk && READ(sk->__sk_common.skc_state) != TCP_LISTEN)
		sk = NULL;
	e = record_of_segment(skb, sk, TCP_FLAG_FIN); /* a port scan is full of resets that end nothing */
	return e ? submit_reset(e, reason, skb) : 0;
}

static __always_inline void tell_reset_received(struct sock *sk)
{
	struct tcp_event *e = record_of(sk, WITH_FACTS);

	if (!e)
		return;
	e->kind = TCP_EVENT_RESET_RECEIVED;
	submit_record(e);
}

static __always_inline void tell_destroy(struct sock *sk)
{
	struct tcp_event *e;

	/* No cookie was ever asked for: no event was ever about this socket. Its numbers may be wiped by now
	 * (tcp_disconnect), so none are given; its addresses, too, so the cookie alone says that it was wanted. */
	if (cfg.has_socket_cookie && READ(sk->__sk_common.skc_cookie.counter) == 0)
		return;
	e = record_of(sk, EVEN_WIPED);
	if (!e)
		return;
	e->kind = TCP_EVENT_DESTROY;
	submit_record(e);
}

static __always_inline void tell_error_report(struct sock *sk)
{
	struct tcp_event *e;
	__u8 state;

	if (!is_tcp(sk))
		return;
	state = READ(sk->__sk_common.skc_state);
	if (state == TCP_SYN_SENT || state == TCP_LISTEN)
		return;
	e = record_of(sk, WITH_FACTS);
	if (!e)
		return;
	e->kind = TCP_EVENT_ERROR_REPORT;
	submit_record(e);
}

/* A receive of nothing: end of file, where the peer's FIN was taken and no error is pending. */
static __always_inline void tell_end_of_file(struct sock *sk)
{
	struct tcp_event *e;

	if (!(READ(sk->__sk_common.skc_flags) & SOCK_DONE_BIT) || READ(sk->sk_err))
		return;
	e = record_of(sk, WITH_FACTS | WITH_TASK);
	if (!e)
		return;
	e->kind = TCP_EVENT_EOF_READ;
	submit_record(e);
}

static __always_inline void tell_freed(struct sk_buff *skb, __u32 reason, struct sock *receiver)
{
	struct tcp_event *e = record_of_freed_segment(skb, receiver, reason);

	if (!e)
		return;
	e->kind = TCP_EVENT_SEGMENT_FREED;
	e->reason = reason;
	if (!has_drop_reason(reason))
		e->flags |= TCP_EVENT_FLAG_NO_REASON;
	submit_record(e);
}

#endif
