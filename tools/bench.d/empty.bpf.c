// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * What the kernel takes for programs that do nothing, one at each hook of an audit and two where that has two; `live` and
 * `record` have one or two programs more.
 */
#define SEC(name) __attribute__((section(name), used))

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define EMPTY(name, hook) \
	SEC("tp_btf/" #hook) \
	int empty_##name(unsigned long long *ctx) \
	{ \
		(void)ctx; \
		return 0; \
	}

EMPTY(state, inet_sock_set_state)
EMPTY(state2, inet_sock_set_state)
EMPTY(retransmit, tcp_retransmit_skb)
EMPTY(send_reset, tcp_send_reset)
EMPTY(receive_rst, tcp_receive_reset)
EMPTY(destroy, tcp_destroy_sock)
EMPTY(error, inet_sk_error_report)
EMPTY(recv, sock_recv_length)
EMPTY(kfree, kfree_skb)
