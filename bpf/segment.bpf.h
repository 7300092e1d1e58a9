/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* Records about a segment: read from the packet, because no socket may be attached to it. */
#ifndef FINTRAIL_SEGMENT_H
#define FINTRAIL_SEGMENT_H

#define TCP_FLAG_FIN 0x01
#define TCP_FLAG_SYN 0x02
#define TCP_FLAG_RST 0x04

static __always_inline void tuple_of(struct tuple *t, const struct tcp_event *e)
{
	__builtin_memcpy(t->local_address, e->local_address, 16);
	__builtin_memcpy(t->remote_address, e->remote_address, 16);
	t->netns = e->netns;
	t->local_port = e->local_port;
	t->remote_port = e->remote_port;
}

static __always_inline void remember_late_fin(const struct tcp_event *e)
{
	struct tuple t;
	__u64 cookie = e->cookie;

	if (cfg.has_receiving_socket)
		return;
	if (e->old_state != TCP_FIN_WAIT2 || e->new_state != TCP_CLOSE || (e->socket_flags & SOCK_DONE_BIT))
		return;
	tuple_of(&t, e);
	keep_late_fin_cookie(&t, &cookie);
}

static __always_inline bool reason_is_ignored(__u32 reason)
{
	if (reason >= 64 * FINTRAIL_REASON_WORDS)
		return false;
	return (reasons_ignored((reason >> 6) & (FINTRAIL_REASON_WORDS - 1)) >> (reason & 63)) & 1;
}

/* Of kfree_skb; `given` is its argument, where it has one (5.17). */
static __always_inline __u32 drop_reason(__u64 location, __u32 given)
{
	if (cfg.has_drop_reason)
		return given;
	return location >= cfg.firewall_from && location < cfg.firewall_to ? FINTRAIL_REASON_NETFILTER_DROP : cfg.reason_not_specified;
}

static __always_inline bool has_drop_reason(__u32 reason)
{
	return cfg.has_drop_reason || reason != cfg.reason_not_specified;
}

struct segment {
	struct tuple tuple; /* as the receiver sees it: local is the destination */
	__u32 seq;
	__u32 end_seq;
	__u32 ack;
	__u8 tcp_flags;
};

struct ipv4_header {
	__u8 version_and_length;
	__u8 tos;
	__be16 total_length;
	__be16 id;
	__be16 fragment;
	__u8 ttl;
	__u8 protocol;
	__sum16 checksum;
	__be32 source;
	__be32 destination;
} __attribute__((packed));

struct ipv6_header {
	__be32 version_and_flow;
	__be16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
	__u32 source[4];
	__u32 destination[4];
} __attribute__((packed));

struct tcp_header {
	__be16 source;
	__be16 destination;
	__be32 seq;
	__be32 ack;
	__u8 data_offset;
	__u8 flags;
} __attribute__((packed));

/*
 * False unless the packet is TCP and carries one of `wanted_flags` (0: any). The network header is set at every
 * stage that frees a received or sent segment; the transport header is not, before ip_local_deliver. IPv6
 * extension headers are not followed: such a segment is not seen.
 */
static __always_inline bool read_segment(struct segment *s, struct sk_buff *skb, __u8 wanted_flags)
{
	const unsigned char *ip = READ(skb->head) + READ(skb->network_header);
	struct ipv4_header v4;
	struct ipv6_header v6;
	struct tcp_header tcp;
	__u32 ip_header_length, segment_length;

	if (bpf_probe_read_kernel(&v4, sizeof(v4), ip))
		return false;
	if (v4.version_and_length >> 4 == 4 && v4.protocol == IPPROTO_TCP) {
		if (bpf_ntohs(v4.fragment) & 0x1fff)
			return false; /* a later fragment has no TCP header */
		ip_header_length = (v4.version_and_length & 15) * 4;
		segment_length = bpf_ntohs(v4.total_length) - ip_header_length;
	} else if (v4.version_and_length >> 4 == 6 && ((__u8 *)&v4)[6] == IPPROTO_TCP) {
		ip_header_length = sizeof(v6);
		segment_length = bpf_ntohs(((__be16 *)&v4)[2]);
	} else {
		return false;
	}
	if (bpf_probe_read_kernel(&tcp, sizeof(tcp), ip + ip_header_length))
		return false;
	if (wanted_flags && !(tcp.flags & wanted_flags))
		return false;
	if (v4.version_and_length >> 4 == 4) {
		map_ipv4(s->tuple.local_address, v4.destination);
		map_ipv4(s->tuple.remote_address, v4.source);
	} else {
		if (bpf_probe_read_kernel(&v6, sizeof(v6), ip))
			return false;
		__builtin_memcpy(s->tuple.local_address, v6.destination, 16);
		__builtin_memcpy(s->tuple.remote_address, v6.source, 16);
	}
	s->tuple.local_port = bpf_ntohs(tcp.destination);
	s->tuple.remote_port = bpf_ntohs(tcp.source);
	s->seq = bpf_ntohl(tcp.seq);
	s->ack = bpf_ntohl(tcp.ack);
	s->tcp_flags = tcp.flags;
	s->end_seq = s->seq + segment_length - (tcp.data_offset >> 4) * 4 + (tcp.flags & TCP_FLAG_FIN ? 1 : 0) +
		     (tcp.flags & TCP_FLAG_SYN ? 1 : 0);
	return true;
}

static __always_inline __u32 netns_of_segment(struct sk_buff *skb, struct sock *sk)
{
	if (sk)
		return netns_of(sk);
	return netns_of_device(skb);
}

static __always_inline bool is_remote_address(const __u8 *address, struct sock *sk)
{
	const __u32 *words = (const __u32 *)address;

	if (READ(sk->__sk_common.skc_family) == AF_INET)
		return words[3] == READ(sk->__sk_common.skc_daddr);
	return words[0] == READ(sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[0]) &&
	       words[1] == READ(sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[1]) &&
	       words[2] == READ(sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[2]) &&
	       words[3] == READ(sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[3]);
}

/* Our own segment on its way out goes to the socket's remote end; read_segment has turned it for a receiver. */
static __always_inline bool is_outgoing(const struct segment *s, struct sock *sk)
{
	__u16 remote_port = bpf_ntohs(READ(sk->__sk_common.skc_dport));

	if (remote_port != s->tuple.local_port || !is_remote_address(s->tuple.local_address, sk))
		return false;
	return remote_port != s->tuple.remote_port || !is_remote_address(s->tuple.remote_address, sk);
}

static __always_inline void turn_round(struct tuple *t)
{
	struct tuple old = *t;

	__builtin_memcpy(t->local_address, old.remote_address, 16);
	__builtin_memcpy(t->remote_address, old.local_address, 16);
	t->local_port = old.remote_port;
	t->remote_port = old.local_port;
}

static __always_inline struct tcp_event *record_of_read_segment(struct segment *s, struct sock *sk)
{
	struct tcp_event *e;

	if (!is_wanted(&s->tuple))
		return NULL;
	e = reserve_record();
	if (!e)
		return NULL;
	e->ktime_ns = bpf_ktime_get_ns();
	fill_tuple(e, &s->tuple);
	e->protocol = IPPROTO_TCP;
	e->flags |= TCP_EVENT_FLAG_HAS_SEGMENT;
	e->segment_seq = s->seq;
	e->segment_end_seq = s->end_seq;
	e->segment_ack = s->ack;
	e->tcp_flags = s->tcp_flags;
	if (!sk) {
		e->flags |= TCP_EVENT_FLAG_TUPLE_FROM_SEGMENT;
		return e;
	}
	/* Read, not asked for: the helper takes no pointer that was reached through another (skb->sk), and a socket
	 * that no event was about needs no name. */
	e->cookie = cfg.has_socket_cookie ? (__u64)READ(sk->__sk_common.skc_cookie.counter) : name_without_cookie(sk);
	e->new_state = READ(sk->__sk_common.skc_state);
	e->old_state = e->new_state;
	if (e->new_state == TCP_LISTEN) {
		/* Its own socket is gone: the addresses tell whose it was. */
		e->cookie = 0;
		e->flags |= TCP_EVENT_FLAG_TUPLE_FROM_SEGMENT;
	}
	if (e->new_state == TCP_TIME_WAIT) {
		e->flags |= TCP_EVENT_FLAG_TIME_WAIT;
		e->old_state = BPF_CORE_READ((struct inet_timewait_sock *)sk, tw_substate);
	}
	return e;
}

static __always_inline struct tcp_event *record_of_segment(struct sk_buff *skb, struct sock *sk, __u8 wanted_flags)
{
	struct segment s;

	if (!read_segment(&s, skb, wanted_flags))
		return NULL;
	s.tuple.netns = netns_of_segment(skb, sk);
	return record_of_read_segment(&s, sk);
}

/*
 * A freed segment with FIN or RST. NOT_SPECIFIED is what healthy segments are freed with, tens of thousands of
 * times: it means something only for a time-wait minisock, where it is the one trace of an accepted late FIN
 * (tcp_timewait_state_process has no tracepoint).
 */
static __always_inline struct tcp_event *record_of_freed_segment(struct sk_buff *skb, struct sock *receiver, __u32 reason)
{
	bool unspecified = reason == cfg.reason_not_specified;
	struct sock *sk = receiver;
	struct segment s;
	struct tcp_event *e;
	__u64 *late;

	if (unspecified && cfg.has_receiving_socket && !(sk && READ(sk->__sk_common.skc_state) == TCP_TIME_WAIT))
		return NULL;
	if (!read_segment(&s, skb, TCP_FLAG_FIN | TCP_FLAG_RST))
		return NULL;
	if (!sk)
		sk = READ(skb->sk); /* early demux on the way in; the sender on the way out */
	if (sk && READ(sk->__sk_common.skc_family) != AF_INET && READ(sk->__sk_common.skc_family) != AF_INET6)
		sk = NULL; /* a packet socket's copy */
	s.tuple.netns = netns_of_segment(skb, sk);
	if (unspecified && !cfg.has_receiving_socket) {
		late = late_fin_cookie_of(&s.tuple);
		if (!late)
			return NULL;
		e = record_of_read_segment(&s, NULL);
		if (!e)
			return NULL;
		e->cookie = *late;
		e->flags |= TCP_EVENT_FLAG_TIME_WAIT;
		e->old_state = TCP_FIN_WAIT2;
		e->new_state = TCP_TIME_WAIT;
		return e;
	}
	if (sk && is_outgoing(&s, sk)) {
		turn_round(&s.tuple);
		e = record_of_read_segment(&s, sk);
		if (e)
			e->flags |= TCP_EVENT_FLAG_OUTGOING;
		return e;
	}
	return record_of_read_segment(&s, sk);
}

#endif
