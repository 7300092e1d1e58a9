/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Which two sockets are the legs of one proxied session. A proxy's thread looks into a new connection and then connects
 * to the backend; later it reads from one and sends that on the other. Where it reads from several clients before it
 * sends, it sends in the same order, and so it does with what backends say (haproxy, in a round of its event loop): told
 * with how many it could have been, and believed once the way back says the same.
 *
 * Receives and sends are the busiest hooks of all, so what a thread has read stays here, and only what is new goes to the
 * ring. sock_recv_length and sock_send_length are of 6.3; task and socket storage are older than that.
 */
#ifndef FINTRAIL_LEGS_H
#define FINTRAIL_LEGS_H

/* Requests of many connections over one: so often it is told whose it serves now. Theirs tell of it, too. */
#define LEG_PERIOD_MS 1000
#define MOST_LEGS_A_PERIOD 16

/* What was read this long ago and not passed on is not going to be. */
#define READ_KEPT_MS 2000

/* But a request may wait in the proxy for a place at the backend: so long after one was let go, all that is passed on may be that. */
#define QUEUED_MS 10000

/* A send that is short by this much met a full buffer. */
#define LEAST_REST 4096

/* Whoever looks into a new connection connects to its backend within this; later it is for another one, or a health check. */
#define AT_ONCE_MS 100

#define MOST_READS 64 /* a power of two: more than a round of an event loop reads, as a rule; the verifier walks each */

struct unsent_read {
	__u64 cookie;  /* 0: passed on, or answered */
	__u64 to;      /* the socket that its thread connected after it */
	__u64 given;   /* the socket that this one was given something from last: it may be an answer to that */
	__u32 length;  /* bytes, of all reads since something of it was passed on */
	__u32 at_ms;
	__u8 is_fresh; /* nothing was sent on it before */
	__u8 is_wanted;
	__u8 is_back;  /* of the leg towards the backend */
	__u8 reserved[5];
};

/*
 * What one search finds: numbers of slots, and how many. It stands in the map because the verifier does not follow what is
 * in there: it would count each way through the loop.
 */
struct found {
	__u32 fresh; /* the oldest that nothing was sent on before */
	__u32 fresh_ones;
	__u32 oldest;
	__u32 free; /* those that no connect() came after */
	__u32 same; /* the oldest of the free ones that is as long as what is sent */
	__u32 same_and_free;
	__u32 as_long;
	__u32 meant; /* what this socket was connected for */
	__u32 is_meant;
	__u32 answer; /* read from what this socket's bytes were given to */
	__u32 is_answer;
	__u32 first; /* the oldest of all but its own */
	__u32 own; /* read from the same socket */
	__u32 is_own;
	__u32 all; /* but that */
};

/* Of one thread. Slots are used in turn: what is oldest comes first. */
struct unsent_reads {
	__u64 looked_into; /* a new connection, in which there was nothing to read yet */
	__u32 begin;
	__u32 end;
	__u8 looked_into_others; /* at another new one, too, since the last connect() */
	__u8 looked_into_wanted;
	__u8 is_short; /* what was read before all that is here is forgotten */
	__u8 is_waited_for; /* something of a front was let go lately */
	__u8 reserved[4];
	__u32 looked_at_ms;
	__u32 guessed_ms; /* among several that were looked into: those that are left are guesses, too */
	__u32 waited_for_ms;
	__u32 held[2]; /* of fronts and of backs: none is the usual case of what is no proxy, and there is nothing to search */
	/* Of fronts and of backs: what is before may belong to a send that was taken for another's. */
	__u32 doubtful_until[2];
	__u32 contradicted_until; /* before that, order said one thing and who was given what another */
	struct found found;
	struct unsent_read reads[MOST_READS];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct unsent_reads);
} unsent SEC(".maps");

static __always_inline struct unsent_reads *reads_of_this_thread(__u64 flags)
{
	return bpf_task_storage_get(&unsent, bpf_get_current_task_btf(), NULL, flags);
}

/* The verifier follows no pointers through a loop. */
static __always_inline struct unsent_read *slot(struct unsent_reads *mine, __u32 number)
{
	return &mine->reads[number & (MOST_READS - 1)];
}

static __always_inline void forget(struct unsent_reads *mine, struct unsent_read *read)
{
	if (!read->cookie)
		return;
	read->cookie = 0;
	mine->held[read->is_back & 1]--;
}

static __always_inline __u32 now_ms(void)
{
	return (__u32)(bpf_ktime_get_ns() / 1000000);
}

static __always_inline void tell_leg(struct sock *sk, __u64 other, __u32 how, __u32 candidates)
{
	struct tcp_event *e = record_of(sk, WITH_TASK);

	if (!e)
		return;
	e->kind = TCP_EVENT_LEG;
	e->leg_how = how;
	e->leg_candidates = candidates;
	e->other_cookie = other;
	submit_record(e);
}

static __always_inline void look_into(struct sock *sk, struct tcp_sock *tp)
{
	struct unsent_reads *mine;
	__u64 cookie;
	__u32 at_ms;

	/* The SYN of a connect() counts as a byte that was acknowledged: this one was accepted, and nothing was said yet. */
	if (tp->bytes_acked)
		return;
	mine = reads_of_this_thread(BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!mine)
		return;
	cookie = socket_cookie(sk);
	if (mine->looked_into == cookie)
		return;
	at_ms = now_ms();
	mine->looked_into_others = (mine->looked_into && at_ms - mine->looked_at_ms < AT_ONCE_MS) ||
				   (mine->guessed_ms && at_ms - mine->guessed_ms < AT_ONCE_MS);
	mine->looked_into = cookie;
	mine->looked_at_ms = at_ms;
	mine->looked_into_wanted = socket_is_wanted(sk, tp);
}

/* What this thread has read from that socket and not passed on. */
static __always_inline struct unsent_read *read_before(struct unsent_reads *mine, struct leg *leg, __u64 cookie)
{
	struct unsent_read *read;

	if (leg) {
		read = slot(mine, leg->read);
		return read->cookie == cookie ? read : NULL;
	}
	for (__u32 i = 0; i < MOST_READS; i++) {
		if (mine->begin + i == mine->end)
			return NULL;
		read = slot(mine, mine->begin + i);
		if (read->cookie == cookie)
			return read;
	}
	return NULL;
}

/* After a receive of so many bytes, or -errno. */
static __always_inline void note_read(struct sock *sk, int length)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct unsent_reads *mine;
	struct unsent_read *read;
	struct leg *leg;
	__u64 cookie;

	if (!tp)
		return;
	if (length == -EAGAIN)
		look_into(sk, tp);
	if (length <= 0)
		return;
	mine = reads_of_this_thread(BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!mine)
		return;
	cookie = socket_cookie(sk);
	if (mine->looked_into == cookie)
		mine->looked_into = 0;
	leg = bpf_sk_storage_get(&legs, sk, NULL, 0);
	read = read_before(mine, leg, cookie);
	if (read) {
		read->length += length;
		read->at_ms = now_ms();
		return;
	}
	if (mine->end - mine->begin == MOST_READS) {
		forget(mine, slot(mine, mine->begin)); /* the oldest gives way, and with it the order */
		mine->begin++;
		mine->is_short = 1;
	}
	if (mine->begin == mine->end)
		mine->is_short = 0;
	read = slot(mine, mine->end);
	if (leg)
		leg->read = mine->end;
	mine->end++;
	read->cookie = cookie;
	read->given = leg ? leg->from : 0;
	read->is_back = leg ? leg->is_back : 0;
	mine->held[read->is_back & 1]++;
	read->to = 0;
	read->length = length;
	read->at_ms = now_ms();
	read->is_fresh = !tp->bytes_acked;
	read->is_wanted = socket_is_wanted(sk, tp);
}

/* Slots at the beginning that hold nothing any more. */
static __always_inline void tidy(struct unsent_reads *mine, __u32 at_ms)
{
	for (__u32 i = 0; i < MOST_READS; i++) {
		struct unsent_read *read = slot(mine, mine->begin);

		if (mine->begin == mine->end || (read->cookie && at_ms - read->at_ms < READ_KEPT_MS))
			return;
		if (read->cookie && !read->is_back) {
			mine->is_waited_for = 1;
			mine->waited_for_ms = at_ms;
		}
		forget(mine, read);
		mine->begin++;
	}
}

struct searching {
	struct unsent_reads *mine;
	__u64 cookie;
	__u32 length;
	__u8 backs;
};

static long weigh(__u32 i, struct searching *for_what)
{
	struct unsent_reads *mine = for_what->mine;
	struct found *f = &mine->found;
	__u32 number = mine->begin + i;
	struct unsent_read *read = slot(mine, number);

	if (number == mine->end)
		return 1;
	if (!read->cookie)
		return 0;
	if (read->cookie == for_what->cookie) {
		f->own = number;
		f->is_own = 1;
		return 0;
	}
	if (read->is_back != for_what->backs)
		return 0;
	if (!f->all++)
		f->first = number;
	if (read->given == for_what->cookie) {
		f->answer = number;
		f->is_answer = 1;
	}
	if (read->length == for_what->length)
		f->as_long++;
	if (read->to == for_what->cookie) {
		f->meant = number;
		f->is_meant = 1;
	}
	if (read->to)
		return 0;
	if (!f->free++)
		f->oldest = number;
	if (read->is_fresh && !f->fresh_ones++)
		f->fresh = number;
	if (read->length == for_what->length && !f->same_and_free++)
		f->same = number;
	return 0;
}

/* Among what this thread has read from one side, for a send of so many bytes on a socket of the other. */
static __always_inline struct found *search(struct unsent_reads *mine, __u64 cookie, __u32 length, __u8 backs, __u32 at_ms)
{
	struct searching for_what = {.mine = mine, .cookie = cookie, .length = length, .backs = backs};

	__builtin_memset(&mine->found, 0, sizeof(mine->found));
	tidy(mine, at_ms);
	bpf_loop(MOST_READS, weigh, &for_what, 0);
	return &mine->found;
}

/* After a guess among several, what is left over is a guess, too. */
static __always_inline bool is_left_over(struct unsent_reads *mine, __u32 number, __u32 side)
{
	return (__s32)(number - mine->doubtful_until[side & 1]) < 0;
}

/* What is passed on may be what was read so long ago that it is forgotten. */
static __always_inline bool may_be_forgotten(struct unsent_reads *mine, __u32 at_ms)
{
	if (mine->is_waited_for && at_ms - mine->waited_for_ms >= QUEUED_MS)
		mine->is_waited_for = 0;
	return mine->is_waited_for || mine->is_short;
}

/* In connect(), before the SYN leaves and before its STATE is filtered: it may be the leg of one that is wanted. */
static __always_inline void note_connect(struct sock *sk)
{
	struct unsent_reads *mine = reads_of_this_thread(0);
	__u32 candidates, at_ms;
	struct found *f;
	struct leg *leg;

	/* A thread that has read nothing passes nothing on, and a socket's storage is the dearest of all here. */
	leg = bpf_sk_storage_get(&legs, sk, NULL, mine ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	if (!leg)
		return;
	leg->is_back = 1;
	leg->connect_candidates = 0;
	if (!mine || (!mine->held[0] && !mine->looked_into))
		return;
	at_ms = now_ms();
	f = search(mine, socket_cookie(sk), 0, 0, at_ms);
	if (at_ms - mine->looked_at_ms >= AT_ONCE_MS)
		mine->looked_into = 0;
	if (!f->fresh_ones && mine->looked_into) {
		leg->from = mine->looked_into;
		leg->is_wanted = mine->looked_into_wanted;
		candidates = 1 + mine->looked_into_others;
		if (candidates > 1)
			mine->guessed_ms = at_ms;
		mine->looked_into = 0;
		mine->looked_into_others = 0;
	} else if (f->free) {
		__u32 number = f->fresh_ones ? f->fresh : f->oldest;
		struct unsent_read *read = slot(mine, number);

		leg->from = read->cookie;
		leg->is_wanted = read->is_wanted;
		candidates = f->fresh_ones ? f->fresh_ones : f->free;
		if (is_left_over(mine, number, 0) || may_be_forgotten(mine, at_ms))
			candidates += candidates == 1;
		if (candidates > 1)
			mine->doubtful_until[0] = mine->end;
		/* Likely, but it may be a health check's, too. */
		if (!f->fresh_ones || at_ms - read->at_ms >= AT_ONCE_MS)
			candidates += candidates == 1;
		read->to = socket_cookie(sk);
	} else {
		return;
	}
	leg->how = LEG_CONNECTED;
	leg->is_sure = candidates == 1;
	leg->connect_candidates = candidates;
}

/* After its STATE is told. */
static __always_inline void tell_connect(struct sock *sk)
{
	struct leg *leg = bpf_sk_storage_get(&legs, sk, NULL, 0);

	if (leg && leg->connect_candidates)
		tell_leg(sk, leg->from, LEG_CONNECTED, leg->connect_candidates);
}

/* After a send of so many bytes. */
static __always_inline void note_send(struct sock *sk, int length)
{
	__u32 at_ms, candidates, number, rest, side;
	bool is_answer, is_told, is_doubtful, is_kept_back;
	struct unsent_read *pick;
	struct unsent_reads *mine;
	struct found *f;
	struct leg *leg;
	__u64 cookie, from;
	__u8 how;

	if (length <= 0)
		return;
	mine = reads_of_this_thread(0);
	if (!mine)
		return;
	cookie = socket_cookie(sk);
	if (mine->looked_into == cookie)
		mine->looked_into = 0; /* it was answered without a backend */
	if (mine->begin == mine->end)
		return;
	leg = bpf_sk_storage_get(&legs, sk, NULL, 0);
	if (leg && leg->rest && (__u32)length <= leg->rest) {
		leg->rest -= length; /* not what was read from another meanwhile */
		return;
	}
	if (leg && leg->is_back && !mine->held[0])
		return;
	at_ms = now_ms();
	side = leg && leg->is_back ? 0 : 1;
	f = search(mine, cookie, length, side, at_ms);
	if (!f->all && f->is_own) {
		forget(mine, slot(mine, f->own)); /* the same: what any server does */
		return;
	}
	/* One that was connected before we came is not known to be a back leg. */
	if (!f->all && (!leg || !leg->is_back)) {
		side = 0;
		f = search(mine, cookie, length, side, at_ms);
	}
	/* What was given there comes back from there, and in its turn: two ways of telling. */
	is_answer = side && f->is_answer && f->answer == f->first && !mine->is_short &&
		    (__s32)(f->answer - mine->contradicted_until) >= 0;
	if (f->is_own && !is_answer && !(leg && leg->is_back)) {
		forget(mine, slot(mine, f->own)); /* likely the same, beside what is still to be sent for others */
		return;
	}
	if (!f->is_meant && !f->is_answer && !f->free)
		return;
	number = f->is_meant ? f->meant : f->is_answer ? f->answer : f->same_and_free ? f->same : f->oldest;
	pick = slot(mine, number);
	how = pick->length == (__u32)length ? LEG_SAME_LENGTH : LEG_NEXT_SEND;
	candidates = is_answer ? 1 :
		     mine->is_short		       ? MOST_READS :
		     how == LEG_SAME_LENGTH	       ? f->as_long :
							 f->all;
	is_doubtful = is_left_over(mine, number, side) || (side && how == LEG_NEXT_SEND && pick->given && pick->given != cookie) ||
		      (f->is_meant && leg && leg->connect_candidates > 1 && may_be_forgotten(mine, at_ms));
	if (!is_answer && is_doubtful)
		candidates += candidates == 1;
	if (candidates > 1)
		mine->doubtful_until[side] = mine->end;
	if (side && candidates > 1 && (f->is_answer || pick->given))
		mine->contradicted_until = mine->end;
	from = pick->cookie;
	rest = pick->length > (__u32)length ? pick->length - (__u32)length : 0;
	if (rest < LEAST_REST)
		rest = 0; /* the proxy made it shorter */
	forget(mine, pick);
	leg = bpf_sk_storage_get(&legs, sk, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!leg)
		return;
	if (f->is_own)
		leg->read = f->own;
	leg->rest = rest;
	is_told = true;
	if (leg->from == from && leg->how == LEG_SAME_LENGTH && leg->is_sure)
		return; /* the usual case of a proxy that goes on */
	if (leg->from == from)
		is_told = (how == LEG_SAME_LENGTH && leg->how != LEG_SAME_LENGTH) || leg->how == LEG_CONNECTED ||
			  (candidates == 1 && !leg->is_sure);
	if (at_ms - leg->period_ms >= LEG_PERIOD_MS) {
		leg->period_ms = at_ms;
		leg->told = 0;
	}
	leg->from = from;
	leg->how = how;
	is_kept_back = is_told && leg->told >= MOST_LEGS_A_PERIOD;
	leg->is_sure = candidates == 1 && !is_kept_back; /* told with the next send of the pair, then */
	leg->is_wanted |= pick->is_wanted;
	if (is_told && !is_kept_back) {
		leg->told++;
		tell_leg(sk, from, how, candidates);
	}
}

#endif
