// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* The programs as libbpf loads them, one for each tracepoint. See README.md for the table and tcp_event.h for the record. */
#include "tcp_event.h"
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct tracer_config cfg SEC(".rodata.cfg") = {};

#include "remembered.h"
#include "core.bpf.h"
#include "kernel_compat.bpf.h"
#include "leg.bpf.h"
#include "socket_facts.bpf.h"
#include "segment.bpf.h"
#include "stand_in.bpf.h"
#include "events.bpf.h"
#include "legs.bpf.h"
#include "snapshot.bpf.h"

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
	/* The outcome is told since 6.17 (ad892e912b84); before, a refused repeat was silent. */
	tell_retransmit((struct sock *)ctx[0], (struct sk_buff *)ctx[1], cfg.has_retransmit_error ? (__u32)ctx[2] : 0);
	return 0;
}

SEC("tp_btf/tcp_send_reset")
int on_tcp_send_reset(__u64 *ctx)
{
	return tell_reset_sent((struct sock *)ctx[0], (struct sk_buff *)ctx[1],
			       cfg.has_reset_reason ? (__u32)ctx[2] : 0);
}

SEC("tp_btf/tcp_receive_reset")
int on_tcp_receive_reset(__u64 *ctx)
{
	tell_reset_received((struct sock *)ctx[0]);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int on_tcp_destroy_sock(__u64 *ctx)
{
	tell_destroy((struct sock *)ctx[0]);
	return 0;
}

SEC("tp_btf/inet_sk_error_report")
int on_inet_sk_error_report(__u64 *ctx)
{
	tell_error_report((struct sock *)ctx[0]);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int on_sock_recv_length(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	int flags;

	if (!is_tcp(sk))
		return 0;
	flags = (int)ctx[2];
	if (flags & MSG_ERRQUEUE) /* a notice to the sender, such as of MSG_ZEROCOPY: nothing was read */
		return 0;
	if (cfg.pairs && !(flags & MSG_PEEK))
		note_read(sk, (int)ctx[1]);
	if ((int)ctx[1] == 0)
		tell_end_of_file(sk);
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
	__u32 reason = drop_reason(ctx[1], cfg.has_drop_reason ? ctx[2] : 0);
	struct sock *receiver = NULL;

	if (reason_is_ignored(reason))
		return 0;
	if (cfg.has_receiving_socket)
		receiver = (struct sock *)ctx[3];
	tell_freed((struct sk_buff *)ctx[0], reason, receiver);
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
