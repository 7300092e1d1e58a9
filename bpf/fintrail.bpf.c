// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Programs of tracepoints; each states facts and judges nothing. See README.md for the table and
 * tcp_event.h for the record. Keep them short: while one runs, a softirq on the same CPU that hits the same
 * program is skipped by the kernel (recursion_misses), and that fact is lost where no other stands in.
 */
#include "tcp_event.h"
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct tracer_config cfg SEC(".rodata.cfg") = {};
struct tracer_counters counters SEC(".bss.counters") = {};

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

#include "kernel_compat.bpf.h"
#include "socket_facts.bpf.h"
#include "segment.bpf.h"
#include "stand_in.bpf.h"

static __always_inline bool is_tcp(struct sock *sk)
{
	__u16 family = sk->__sk_common.skc_family;

	return (family == AF_INET || family == AF_INET6) &&
	       (sk->sk_protocol == IPPROTO_TCP || sk->sk_protocol == IPPROTO_MPTCP);
}

#include "legs.bpf.h"
#include "snapshot.bpf.h"

static __always_inline bool is_minisock(struct sock *sk)
{
	__u8 state = sk->__sk_common.skc_state;

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
	submit_record(e);
}

SEC("tp_btf/inet_sock_set_state")
int on_inet_sock_set_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	int old_state = (int)ctx[1];
	int new_state = (int)ctx[2];

	leave_word(sk, old_state, new_state);
	tell_transition(sk, old_state, new_state);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int instead_on_inet_sock_set_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	int old_state = (int)ctx[1];
	int new_state = (int)ctx[2];

	if (!word_was_left(sk, old_state, new_state))
		tell_transition(sk, old_state, new_state);
	if (cfg.pairs && new_state == TCP_SYN_SENT && is_tcp(sk))
		tell_connect(sk);
	return 0;
}

/* A program of its own: before 5.13 the verifier refuses one with a callback, even where it is never reached. */
SEC("tp_btf/inet_sock_set_state")
int before_inet_sock_set_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];

	if ((int)ctx[2] == TCP_SYN_SENT && is_tcp(sk))
		note_connect(sk);
	return 0;
}

SEC("tp_btf/tcp_retransmit_skb")
int on_tcp_retransmit_skb(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct sk_buff *skb = (struct sk_buff *)ctx[1];
	__u8 state = sk->__sk_common.skc_state;
	__u8 tcp_flags;
	struct tcp_event *e;

	if (is_minisock(sk))
		return 0;
	tcp_flags = segment_flags_in_control_block(skb->cb);
	if (!(tcp_flags & TCP_FLAG_FIN) && state != TCP_FIN_WAIT1 && state != TCP_CLOSING && state != TCP_LAST_ACK)
		return 0;
	e = record_of(sk, WITH_FACTS);
	if (!e)
		return 0;
	e->kind = TCP_EVENT_RETRANSMIT;
	e->flags |= TCP_EVENT_FLAG_HAS_SEGMENT | TCP_EVENT_FLAG_OUTGOING;
	e->tcp_flags = tcp_flags;
	e->segment_seq = BPF_CORE_READ((struct tcp_skb_cb *)skb->cb, seq);
	e->segment_end_seq = BPF_CORE_READ((struct tcp_skb_cb *)skb->cb, end_seq);
	/* The outcome is told since 6.17 (ad892e912b84); before, a refused repeat was silent. */
	if (cfg.has_retransmit_error)
		e->send_error = (__u32)ctx[2];
	submit_record(e);
	return 0;
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
SEC("tp_btf/tcp_send_reset")
int on_tcp_send_reset(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct sk_buff *skb = (struct sk_buff *)ctx[1];
	__u32 reason = cfg.has_reset_reason ? (__u32)ctx[2] : 0;
	struct tcp_event *e;

	/* A segment for no socket: the listener, or nothing, stands in sk; the packet has the addresses. The listener
	 * has the namespace: skb->dev is gone when it answers (tcp_v4_rcv). */
	if (sk && !is_minisock(sk) && sk->__sk_common.skc_state != TCP_LISTEN) {
		e = record_of(sk, WITH_FACTS | WITH_TASK);
		return e ? submit_reset(e, reason, skb) : 0;
	}
	if (!skb)
		return 0;
	if (sk && sk->__sk_common.skc_state == TCP_TIME_WAIT) {
		e = record_of_segment(skb, sk, 0);
		return e ? submit_reset(e, reason, skb) : 0;
	}
	if (sk && sk->__sk_common.skc_state != TCP_LISTEN)
		sk = NULL;
	e = record_of_segment(skb, sk, TCP_FLAG_FIN); /* a port scan is full of resets that end nothing */
	return e ? submit_reset(e, reason, skb) : 0;
}

SEC("tp_btf/tcp_receive_reset")
int on_tcp_receive_reset(__u64 *ctx)
{
	struct tcp_event *e = record_of((struct sock *)ctx[0], WITH_FACTS);

	if (!e)
		return 0;
	e->kind = TCP_EVENT_RESET_RECEIVED;
	submit_record(e);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int on_tcp_destroy_sock(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct tcp_event *e;

	/* No cookie was ever asked for: no event was ever about this socket. Its numbers may be wiped by now
	 * (tcp_disconnect), so none are given; its addresses, too, so the cookie alone says that it was wanted. */
	if (cfg.has_socket_cookie && sk->__sk_common.skc_cookie.counter == 0)
		return 0;
	e = record_of(sk, EVEN_WIPED);
	if (!e)
		return 0;
	e->kind = TCP_EVENT_DESTROY;
	submit_record(e);
	return 0;
}

SEC("tp_btf/inet_sk_error_report")
int on_inet_sk_error_report(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct tcp_event *e;

	if (!is_tcp(sk) || sk->__sk_common.skc_state == TCP_SYN_SENT || sk->__sk_common.skc_state == TCP_LISTEN)
		return 0;
	e = record_of(sk, WITH_FACTS);
	if (!e)
		return 0;
	e->kind = TCP_EVENT_ERROR_REPORT;
	submit_record(e);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int on_sock_recv_length(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct tcp_event *e;
	int flags;

	if (!is_tcp(sk))
		return 0;
	flags = (int)ctx[2];
	if (flags & MSG_ERRQUEUE) /* a notice to the sender, such as of MSG_ZEROCOPY: nothing was read */
		return 0;
	if (cfg.pairs && !(flags & MSG_PEEK))
		note_read(sk, (int)ctx[1]);
	if ((int)ctx[1] != 0 || !(sk->__sk_common.skc_flags & SOCK_DONE_BIT))
		return 0;
	if (sk->sk_err)
		return 0;
	e = record_of(sk, WITH_FACTS | WITH_TASK);
	if (!e)
		return 0;
	e->kind = TCP_EVENT_EOF_READ;
	submit_record(e);
	return 0;
}

SEC("tp_btf/sock_send_length")
int on_sock_send_length(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];

	if (is_tcp(sk))
		note_send(sk, (int)ctx[1]);
	return 0;
}

SEC("tp_btf/kfree_skb")
int on_kfree_skb(__u64 *ctx)
{
	struct sk_buff *skb = (struct sk_buff *)ctx[0];
	__u32 reason = cfg.has_drop_reason ? (__u32)ctx[2] : cfg.reason_not_specified;
	struct sock *receiver = NULL;
	struct tcp_event *e;

	if (reason_is_ignored(reason))
		return 0;
	if (cfg.has_receiving_socket)
		receiver = (struct sock *)ctx[3];
	e = record_of_freed_segment(skb, receiver, reason);
	if (!e)
		return 0;
	e->kind = TCP_EVENT_SEGMENT_FREED;
	e->reason = reason;
	if (!cfg.has_drop_reason)
		e->flags |= TCP_EVENT_FLAG_NO_REASON;
	submit_record(e);
	return 0;
}

#include "audit.bpf.h"
#include "audit_look.bpf.h"

/* Kept in the object's BTF, from which TcpEventLayout.java is generated. */
const enum tcp_event_kind *event_kinds_in_btf __attribute__((unused));
const enum leg_how *leg_hows_in_btf __attribute__((unused));
const enum tcp_event_flag *event_flags_in_btf __attribute__((unused));
const enum clean_close *clean_closes_in_btf __attribute__((unused));
const struct tcp_event *event_in_btf __attribute__((unused));
