// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * The programs for kernels without BTF, compiled by BCC on the host they are to watch. The loader puts the files that are
 * included here in their place and FINTRAIL_CONFIG and FINTRAIL_RING_PAGES before them.
 */
#define FINTRAIL_BCC
#include <net/sock.h>
#include <net/tcp.h>
#include <net/inet_timewait_sock.h>
#include <net/net_namespace.h>
#include <linux/tcp.h>
#include <linux/skbuff.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/bpf.h>

#include "tcp_event.h"
#include "remembered.h"
#include "bcc.h"
#include "socket_facts.bpf.h"
#include "segment.bpf.h"
#include "stand_in.bpf.h"
#include "events.bpf.h"

int on_inet_sock_set_state(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (struct sock *)ctx->args[0];
	int old_state = (int)ctx->args[1];
	int new_state = (int)ctx->args[2];

	leave_word(sk, old_state, new_state);
	tell_transition(sk, old_state, new_state);
	return 0;
}

int instead_on_inet_sock_set_state(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (struct sock *)ctx->args[0];
	int old_state = (int)ctx->args[1];
	int new_state = (int)ctx->args[2];

	if (!word_was_left(sk, old_state, new_state))
		tell_transition(sk, old_state, new_state);
	return 0;
}

int on_tcp_retransmit_skb(struct bpf_raw_tracepoint_args *ctx)
{
	tell_retransmit((struct sock *)ctx->args[0], (struct sk_buff *)ctx->args[1],
			cfg.has_retransmit_error ? (u32)ctx->args[2] : 0);
	return 0;
}

int on_tcp_send_reset(struct bpf_raw_tracepoint_args *ctx)
{
	return tell_reset_sent((struct sock *)ctx->args[0], (struct sk_buff *)ctx->args[1],
			       cfg.has_reset_reason ? (u32)ctx->args[2] : 0);
}

int on_tcp_receive_reset(struct bpf_raw_tracepoint_args *ctx)
{
	tell_reset_received((struct sock *)ctx->args[0]);
	return 0;
}

int on_tcp_destroy_sock(struct bpf_raw_tracepoint_args *ctx)
{
	tell_destroy((struct sock *)ctx->args[0]);
	return 0;
}

int on_inet_sk_error_report(struct bpf_raw_tracepoint_args *ctx)
{
	tell_error_report((struct sock *)ctx->args[0]);
	return 0;
}

int on_sock_recv_length(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (struct sock *)ctx->args[0];

	if ((int)ctx->args[1] != 0 || ((int)ctx->args[2] & MSG_ERRQUEUE) || !is_tcp(sk))
		return 0;
	tell_end_of_file(sk);
	return 0;
}

int on_kfree_skb(struct bpf_raw_tracepoint_args *ctx)
{
	u32 reason = drop_reason(ctx->args[1], cfg.has_drop_reason ? ctx->args[2] : 0);

	if (reason_is_ignored(reason))
		return 0;
	tell_freed((struct sk_buff *)ctx->args[0], reason, cfg.has_receiving_socket ? (struct sock *)ctx->args[3] : NULL);
	return 0;
}
