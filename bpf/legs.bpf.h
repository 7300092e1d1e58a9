/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Which two sockets are the legs of one proxied session. A proxy's thread looks into a new connection and then connects
 * to the backend; later it reads from one and sends the same on the other. Told once for each two sockets and way, and
 * only where the thread had read from no third socket meanwhile: else it could be meant as well.
 *
 * Receives and sends are the busiest hooks of all, so what a thread read last stays here, and only what is new goes to
 * the ring. sock_recv_length and sock_send_length are of 6.3; task and socket storage are older than that.
 */
#ifndef FINTRAIL_LEGS_H
#define FINTRAIL_LEGS_H

/* Requests of many connections over one: so often it is told whose it serves now. */
#define LEG_AT_MOST_EVERY_NS 1000000000ULL

/* What a thread has read and not passed on yet. */
struct last_read {
	__u64 cookie; /* of the socket read last; 0: it has passed that on */
	__u64 fresh;  /* of the connection that it looked into for the first time, last; 0: none, or it led to a connect() */
	__u32 length; /* read last, bytes */
	__u8 others;  /* it has read from another one, too, and not passed that on */
	__u8 more_fresh;
	__u8 wanted; /* the filters let its socket through */
	__u8 fresh_wanted;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct last_read);
} last_reads SEC(".maps");

static __always_inline void tell_leg(struct sock *sk, __u64 other, __u32 how)
{
	struct tcp_event *e = record_of(sk, WITH_TASK);

	if (!e)
		return;
	e->kind = TCP_EVENT_LEG;
	e->leg_how = how;
	e->other_cookie = other;
	submit_record(e);
}

/* After a receive of so many bytes, or -errno. */
static __always_inline void note_read(struct sock *sk, int length)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct last_read *read;
	__u32 consumed;
	__u64 cookie;

	if (!tp || (length < 0 && length != -EAGAIN))
		return;
	consumed = (__u32)tp->bytes_received - (tp->rcv_nxt - tp->copied_seq);
	if (length <= 0 && consumed)
		return;
	cookie = socket_cookie(sk);
	read = bpf_task_storage_get(&last_reads, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!read)
		return;
	/* The SYN of connect() counts as a byte that was acknowledged: this one was accepted, and nothing was said yet. */
	if ((length <= 0 || consumed == (__u32)length) && !tp->bytes_acked && read->fresh != cookie) {
		read->more_fresh = read->fresh != 0;
		read->fresh = cookie;
		read->fresh_wanted = socket_is_wanted(sk, tp);
	}
	if (length <= 0)
		return;
	if (read->cookie != cookie) {
		read->others = read->cookie != 0;
		read->cookie = cookie;
		read->wanted = socket_is_wanted(sk, tp);
	}
	read->length = length;
}

/* In connect(), before the SYN leaves: the socket has its peer's address. Says what to tell once its STATE is told. */
static __always_inline __u64 note_connect(struct sock *sk)
{
	struct last_read *read = bpf_task_storage_get(&last_reads, bpf_get_current_task_btf(), NULL, 0);
	__u64 from;
	struct leg *leg;

	if (!read || !read->fresh)
		return 0;
	from = read->more_fresh ? 0 : read->fresh;
	read->fresh = 0;
	read->more_fresh = 0;
	if (!from)
		return 0;
	leg = bpf_sk_storage_get(&legs, sk, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (leg) {
		leg->from = from;
		leg->how = LEG_CONNECTED;
		leg->is_wanted = read->fresh_wanted;
	}
	return from;
}

/* After a send of so many bytes. */
static __always_inline void note_send(struct sock *sk, int length)
{
	struct last_read *read;
	struct leg *leg;
	__u64 cookie, from, now_ns;
	__u8 how;

	if (length <= 0)
		return;
	read = bpf_task_storage_get(&last_reads, bpf_get_current_task_btf(), NULL, 0);
	if (!read || (!read->cookie && !read->fresh))
		return;
	cookie = socket_cookie(sk);
	if (read->fresh == cookie)
		read->fresh = 0; /* it was answered without a backend */
	from = read->cookie;
	if (!from || from == cookie)
		return;
	read->cookie = 0;
	if (read->others) {
		read->others = 0;
		return;
	}
	leg = bpf_sk_storage_get(&legs, sk, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!leg)
		return;
	how = read->length == (__u32)length ? LEG_SAME_LENGTH : LEG_NEXT_SEND;
	now_ns = bpf_ktime_get_ns();
	if (leg->from == from) {
		if (leg->how == LEG_SAME_LENGTH || how == LEG_NEXT_SEND)
			return;
	} else if (leg->from && read->fresh != from && now_ns - leg->told_ns < LEG_AT_MOST_EVERY_NS) {
		return;
	}
	leg->from = from;
	leg->how = how;
	leg->told_ns = now_ns;
	leg->is_wanted |= read->wanted;
	if (read->fresh == from) {
		read->fresh = 0; /* a connection to the backend that was there served it */
		read->more_fresh = 0;
	}
	tell_leg(sk, from, how);
}

#endif
