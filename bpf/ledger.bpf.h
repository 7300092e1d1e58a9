/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The ledger of an audit: of each connection that closes, what was different in each of the records that `live` would have
 * sent so far, kept here until its end shows what it was. A close that its own numbers prove clean is counted and forgotten;
 * of anything else those records are made up for and go into the ring, and from then on every further one as it happens. So
 * whoever reads them cannot tell the two apart, and nobody here judges.
 *
 * A connection has one of its processor's own places, the lowest that is free, because that is still in the cache; an index
 * by cookie finds it. Where there is none, or another one has its index, it has one of a bucket of the others by its cookie.
 * Where that is full it is told at once. The socket's lock makes most of its programs take turns. Those of a freed segment, of
 * a receive and of a look at descriptors have no such lock, and a sweep looks only at sockets that are gone: what they tell of
 * a place is told as whose it was filled in for, or not at all.
 */
#ifndef FINTRAIL_LEDGER_H
#define FINTRAIL_LEDGER_H

#define FIRST_EPHEMERAL_PORT 32768
#define LEDGER_SETS 16 /* processors; more of them share */
#define LEDGER_SET 64  /* places of each, a byte of its line */
#define LEDGER_TAKEN_BYTES 0x0101010101010101ULL
#define LEDGER_FIRST (LEDGER_SETS * LEDGER_SET)
#define LEDGER_INDEX 4096
#define LEDGER_BUCKETS 2048
#define LEDGER_BUCKET_SHIFT 53 /* 64 - log2(LEDGER_BUCKETS) */
#define LEDGER_BUCKET 8	       /* keys of a bucket are one cache line */
#define LEDGER_OTHERS (LEDGER_BUCKETS * LEDGER_BUCKET)
#define LEDGER_NO_PLACE 0xffffffffu
#define LEDGER_MARKS 5 /* FIN_WAIT1, a repeat, FIN_WAIT2, CLOSE, DESTROY */

enum ledger_stage {
	LEDGER_OPEN,	/* not closing, but worth another look */
	LEDGER_CLOSING,
	LEDGER_WAITING, /* as a FIN_WAIT2 minisock, for the peer's FIN */
	LEDGER_HELD,	/* over, and not let go by whoever holds it */
};

enum ledger_told {
	LEDGER_UNTOLD,
	LEDGER_TOLD,
	LEDGER_REFUSED,
};

/* What changes from record to record of one socket; the rest is read when they are told. One cache line. */
struct mark {
	__u64 ktime_ns;
	__u32 write_seq;
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 snd_wl1;
	__u32 snd_wnd;
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u32 packets_out;
	__u32 segments_received;
	__u32 socket_flags;
	__u32 rto_and_wraps; /* see rto_and_wraps() */
	__u16 flags;
	__u8 kind;
	__u8 old_state;
	__u8 new_state;
	__u8 shutdown;
	__u8 error;
	__u8 soft_error;
	__u8 timer_and_task; /* enum mark_task in the upper half */
	__u8 retransmits;
	__u8 backoff;
	__u8 probes_out;
};

_Static_assert(sizeof(struct mark) == 64, "a mark is one cache line");

enum mark_task {
	MARK_TASK_NONE,
	MARK_TASK_OF_PLACE,
	MARK_TASK_OWN, /* in its detail */
};

struct task {
	__u64 pid_tgid;
	__u64 comm[FINTRAIL_COMM_LENGTH / 8];
};

/* What few marks have. */
struct mark_detail {
	union {
		struct task task;
		struct {
			__u32 segment_seq;
			__u32 segment_end_seq;
			__u8 tcp_flags;
		};
	};
};

/*
 * The first line is all that most programs touch, and the two ends of a connection are often on two processors: each further
 * line that one has written and the other needs costs as much as the rest of a program.
 */
struct place {
	__u64 cookie;	/* 0: free */
	__u64 since_ns; /* of its first mark, or met so old */
	__u32 told;	/* enum ledger_told */
	__u32 netns;
	__u16 number;
	__u16 look; /* the last that met it */
	__u8 stage; /* enum ledger_stage */
	__u8 marks;
	__u8 absences;	  /* looks in a row that should have met it */
	__u8 is_due;	  /* nobody can ask its socket now, but its next event tells its story */
	__u64 eof_ns;	  /* when the application first read EOF; 0: it has not */
	struct task task; /* the first that closed it or read EOF */

	struct mark mark[LEDGER_MARKS];
	struct mark_detail detail[LEDGER_MARKS];
	__u64 eof_own_ns; /* equal to eof_ns where another one than its task has read EOF */
	struct task eof_task;
	__u64 last_ns; /* when it was last heard of, once it is told */
	__u8 service;  /* of one that is WAITING or HELD */
	__u8 clean;    /* enum clean_close, of one that is HELD */
	__u8 reserved[6];
	struct tcp_event like; /* what is common to its records; of one whose socket is gone, or is just told */
	__u8 to_line[16];
};

_Static_assert(__builtin_offsetof(struct place, mark) == 64, "its first line ends before its marks");
_Static_assert(sizeof(struct place) % 64 == 0, "a place begins with a cache line");

/* A line for each processor. A byte for each place, so that to give one back is a plain store. */
struct ledger_set {
	__u64 taken[LEDGER_SET / 8];
};

struct ledger_use {
	__u32 others; /* places taken beyond the first */
	__u32 reserved;
	__u64 unplaced_ns;    /* when one without a place was last heard of; 0: none is known of */
	__u64 dropped_fin_ns; /* when the last was dropped that was nobody's; 0: as above */
	__u64 second; /* of ktime, 2^30 ns long */
	__u64 begun;  /* stories in it */
	__u64 strays; /* and segments that are nobody's */
	__u64 to_line[2];
};

struct ledger_keys {
	struct ledger_use use;
	struct ledger_set sets[LEDGER_SETS];
	__u32 index[LEDGER_INDEX]; /* by cookie: 1 and the number among the first; 0: none */
	__u64 others[LEDGER_OTHERS]; /* cookies, so that a bucket is one line; 0: free */
};

struct ledger_keys ledger SEC(".bss.ledger") = {};

/* No map to look into: its key would be on the stack, see is_simple_step(). */
struct place first_places[LEDGER_FIRST] SEC(".bss.places") = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* for its alignment: values begin at a page */
	__uint(max_entries, LEDGER_OTHERS);
	__type(key, __u32);
	__type(value, struct place);
} other_places SEC(".maps");

enum unplaced_stage {
	UNPLACED_CLOSING = 1,
	UNPLACED_WAITING = 2, /* as a FIN_WAIT2 minisock: DESTROY is not the end */
};

/* Told, and without a place: so that what comes is told, too. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u8);
} unplaced SEC(".maps");

struct audit_look look SEC(".bss.look") = {};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FINTRAIL_SERVICES);
	__type(key, __u32);
	__type(value, struct audit_closes);
} closes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct audit_totals);
} totals SEC(".maps");

struct service_places {
	__u8 here[65536]; /* by port, as it is in the packet */
	__u8 there[65536];
};

struct service_places service_places SEC(".bss.ports") = {};
struct audit_services services SEC(".bss.services") = {};

static __always_inline struct audit_totals *totals_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&totals, &zero);
}

/* The helper's, which gives one at the first time. */
static __always_inline __u64 cookie_of(struct sock *sk)
{
	__u64 cookie = sk->__sk_common.skc_cookie.counter;

	return cookie ? cookie : bpf_get_socket_cookie(sk);
}

/* The kernel gives each processor 4096 in a row: neighbours have neighbouring places here, of two processors other ones. */
static __always_inline __u32 index_of(__u64 cookie)
{
	return (__u32)(cookie + (cookie >> 12) * 1021) & (LEDGER_INDEX - 1);
}

static __always_inline __u32 bucket(__u64 cookie)
{
	return (__u32)((cookie * 0x9e3779b97f4a7c15ULL) >> LEDGER_BUCKET_SHIFT) * LEDGER_BUCKET;
}

__noinline __u32 find_among_others(__u64 cookie)
{
	__u32 at = bucket(cookie);

	for (__u32 i = 0; i < LEDGER_BUCKET; i++) {
		if (ledger.others[at + i] == cookie)
			return LEDGER_FIRST + at + i;
	}
	return LEDGER_NO_PLACE;
}

static __always_inline struct place *place_at(__u32 number)
{
	if (number < LEDGER_FIRST)
		return &first_places[number];
	number -= LEDGER_FIRST;
	return number < LEDGER_OTHERS ? bpf_map_lookup_elem(&other_places, &number) : NULL;
}

static __always_inline struct place *find_among_first(__u64 cookie)
{
	__u32 number = ledger.index[index_of(cookie)] - 1;
	struct place *p;

	if (number >= LEDGER_FIRST)
		return NULL;
	p = &first_places[number];
	return p->cookie == cookie ? p : NULL;
}

static __always_inline struct place *find_place(__u64 cookie)
{
	struct place *p;

	if (!cookie) /* nobody has asked for one: of that socket nothing is kept */
		return NULL;
	p = find_among_first(cookie);
	if (p)
		return p;
	return ledger.use.others ? place_at(find_among_others(cookie)) : NULL;
}

static __always_inline __u8 *taken_byte(__u32 number)
{
	return (__u8 *)&ledger.sets[number / LEDGER_SET & (LEDGER_SETS - 1)] + (number & (LEDGER_SET - 1));
}

__noinline __u32 take_among_first(__u64 cookie)
{
	__u32 set = bpf_get_smp_processor_id() & (LEDGER_SETS - 1);
	__u32 *index = &ledger.index[index_of(cookie)];

	if (*index)
		return LEDGER_NO_PLACE;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < LEDGER_SET / 8; i++) {
		__u64 *taken = &ledger.sets[set].taken[i];
		__u64 available = ~*taken & LEDGER_TAKEN_BYTES;
		__u64 lowest = available & -available;
		__u32 number = set * LEDGER_SET + i * 8 + __builtin_popcountll(lowest - 1) / 8;

		if (!lowest || (__sync_fetch_and_or(taken, lowest) & lowest))
			continue;
		if (!__sync_val_compare_and_swap(index, 0, number + 1))
			return number;
		*taken_byte(number) = 0;
		return LEDGER_NO_PLACE;
	}
	return LEDGER_NO_PLACE;
}

__noinline __u32 take_among_others(__u64 cookie)
{
	__u32 at = bucket(cookie);

	for (__u32 i = 0; i < LEDGER_BUCKET; i++) {
		if (!ledger.others[at + i] && !__sync_val_compare_and_swap(&ledger.others[at + i], 0, cookie)) {
			__sync_fetch_and_add(&ledger.use.others, 1);
			return LEDGER_FIRST + at + i;
		}
	}
	return LEDGER_NO_PLACE;
}

static __always_inline bool is_unplaced(__u64 cookie)
{
	return ledger.use.unplaced_ns && bpf_map_lookup_elem(&unplaced, &cookie);
}

static __always_inline struct place *take_place(__u64 cookie, __u32 netns, __u8 stage, __u64 since_ns)
{
	__u32 number = take_among_first(cookie);
	struct place *p;

	if (number == LEDGER_NO_PLACE)
		number = take_among_others(cookie);
	p = place_at(number);
	if (!p)
		return NULL;
	p->number = number;
	p->since_ns = since_ns;
	p->stage = stage;
	p->marks = 0;
	p->absences = 0;
	p->is_due = 0;
	p->eof_ns = 0;
	p->task.pid_tgid = 0;
	p->netns = netns;
	p->told = LEDGER_UNTOLD;
	if (stage >= LEDGER_WAITING) {
		p->service = 0;
		p->clean = CLEAN_CLOSE_NONE;
	}
	if (is_unplaced(cookie))
		p->told = LEDGER_TOLD;
	*(volatile __u64 *)&p->cookie = cookie; /* at last: a sweep takes it for filled in */
	return p;
}

static __always_inline bool give_up(struct place *p, __u64 cookie)
{
	if (__sync_val_compare_and_swap(&p->cookie, cookie, 0) != cookie)
		return false;
	/* A sweep may have begun with it. */
	p->told = LEDGER_REFUSED;
	p->stage = LEDGER_OPEN;
	p->marks = 0;
	return true;
}

static __always_inline void free_among_first(struct place *p, __u64 cookie)
{
	__u32 number = p->number;

	if (!give_up(p, cookie))
		return;
	ledger.index[index_of(cookie)] = 0;
	*taken_byte(number) = 0;
}

/* Nothing where another one has it already. */
static __noinline int free_place(struct place *p, __u64 cookie)
{
	__u32 number;

	if (!p)
		return 0;
	number = p->number;
	if (number < LEDGER_FIRST) {
		free_among_first(p, cookie);
	} else if (give_up(p, cookie)) {
		ledger.others[(number - LEDGER_FIRST) & (LEDGER_OTHERS - 1)] = 0;
		__sync_fetch_and_add(&ledger.use.others, -1);
	}
	return 0;
}

/* Which service it is of: clients connect to a port here, or we to one there. Too many are counted as one. */
static __always_inline __u32 service_of(struct sock *sk, struct tcp_sock *tp)
{
	/* sk_clone_lock() leaves a child its listener's backlog; what connects has none. */
	bool accepted = sk->sk_max_ack_backlog != 0;
	__u16 port = accepted ? tp->inet_conn.icsk_inet.inet_sport : sk->__sk_common.skc_dport;
	/* Those of listen(fd, 0) have none either, and nobody serves on such a port. */
	if (!accepted && bpf_ntohs(port) >= FIRST_EPHEMERAL_PORT)
		return 0;
	__u8 *known = accepted ? &service_places.here[port] : &service_places.there[port];
	__u32 place = *known;

	if (place || services.count >= FINTRAIL_SERVICES - 1)
		return place;
	place = __sync_fetch_and_add(&services.count, 1) + 1;
	if (place >= FINTRAIL_SERVICES)
		return 0;
	services.service[place & (FINTRAIL_SERVICES - 1)] = (accepted ? 1 << 16 : 0) | bpf_ntohs(port);
	*known = place;
	return place;
}

static __always_inline void count_close(__u32 service, __u32 clean)
{
	struct audit_closes *here = bpf_map_lookup_elem(&closes, &service);

	/* Programs of several hooks count, and a softirq may come between a load and its store. */
	if (here && clean < FINTRAIL_CLEAN_CLOSES)
		__sync_fetch_and_add(&here->closes[clean], 1);
}

/*
 * The time-out in 18 bits (120 s of 1000 Hz), and 7 bits each of how often the counts of bytes have passed 2^32. Their low
 * halves go along with snd_una and rcv_nxt, so that all of them can be told from a later count that is not 2^39 further.
 */
static __always_inline __u32 rto_and_wraps(__u32 rto_jiffies, __u64 sent_bytes, __u64 received_bytes)
{
	return (rto_jiffies & 0x3ffff) | ((__u32)(sent_bytes >> 32) & 0x7f) << 18 | ((__u32)(received_bytes >> 32) & 0x7f) << 25;
}

static __always_inline __u64 bytes_then(__u64 bytes_later, __u32 seq_later, __u32 seq, __u32 wraps)
{
	__u32 low = (__u32)bytes_later - (seq_later - seq);
	__u64 then = (bytes_later & ~((1ULL << 39) - 1)) | (__u64)(wraps & 0x7f) << 32 | low;

	return then > bytes_later ? then - (1ULL << 39) : then;
}

static __always_inline void tell_numbers(struct tcp_event *e, const struct mark *m)
{
	e->sent_bytes = bytes_then(e->sent_bytes, e->snd_una, m->snd_una, m->rto_and_wraps >> 18);
	e->received_bytes = bytes_then(e->received_bytes, e->rcv_nxt, m->rcv_nxt, m->rto_and_wraps >> 25);
	e->write_seq = m->write_seq;
	e->snd_una = m->snd_una;
	e->snd_nxt = m->snd_nxt;
	e->snd_wl1 = m->snd_wl1;
	e->snd_wnd = m->snd_wnd;
	e->rcv_nxt = m->rcv_nxt;
	e->copied_seq = m->copied_seq;
	e->packets_out = m->packets_out;
	e->segments_received = m->segments_received;
	e->rto_jiffies = m->rto_and_wraps & 0x3ffff;
	e->socket_flags = m->socket_flags;
	e->error = m->error;
	e->soft_error = m->soft_error;
	e->shutdown = m->shutdown;
	e->timer_pending = m->timer_and_task & 0xf;
	e->retransmits = m->retransmits;
	e->backoff = m->backoff;
	e->probes_out = m->probes_out;
}

static __always_inline void tell_identity(struct tcp_event *e, const struct tcp_event *like)
{
	e->cookie = like->cookie;
	e->netns = like->netns;
	e->protocol = like->protocol;
	e->family = like->family;
	e->local_port = like->local_port;
	e->remote_port = like->remote_port;
	__builtin_memcpy(e->local_address, like->local_address, 16);
	__builtin_memcpy(e->remote_address, like->remote_address, 16);
}

static __always_inline void tell_task(struct tcp_event *e, const struct task *task)
{
	e->pid = task->pid_tgid >> 32;
	e->tid = (__u32)task->pid_tgid;
	__builtin_memcpy(e->comm, task->comm, sizeof(e->comm));
}

__noinline int tell_mark(struct place *p, __u32 number)
{
	struct mark_detail *detail;
	struct tcp_event *e;
	struct mark *m;
	__u8 task;

	if (!p || number >= LEDGER_MARKS)
		return 0;
	if (p->like.cookie != p->cookie) {
		__sync_fetch_and_add(&counters.ends_missed, 1); /* of another connection by now: this one has no addresses */
		return 0;
	}
	m = &p->mark[number];
	detail = &p->detail[number];
	e = reserve_record();
	if (!e)
		return 0;
	if (m->flags & p->like.flags & TCP_EVENT_FLAG_FULL_SOCKET) {
		__builtin_memcpy(e, &p->like, sizeof(*e));
		tell_numbers(e, m);
		e->flags = m->flags;
	} else {
		tell_identity(e, &p->like);
		e->flags = m->flags & ~TCP_EVENT_FLAG_FULL_SOCKET;
	}
	e->ktime_ns = m->ktime_ns;
	e->kind = m->kind;
	e->old_state = m->old_state;
	e->new_state = m->new_state;
	task = m->timer_and_task >> 4;
	if (task)
		tell_task(e, task == MARK_TASK_OWN ? &detail->task : &p->task);
	if (m->flags & TCP_EVENT_FLAG_HAS_SEGMENT) {
		e->tcp_flags = detail->tcp_flags;
		e->segment_seq = detail->segment_seq;
		e->segment_end_seq = detail->segment_end_seq;
	}
	submit_record(e);
	return 0;
}

static __noinline int tell_eof(struct place *p)
{
	struct tcp_event *e;

	if (!p || !p->eof_ns || p->like.cookie != p->cookie)
		return 0;
	e = reserve_record();
	if (!e)
		return 0;
	tell_identity(e, &p->like);
	e->ktime_ns = p->eof_ns;
	e->kind = TCP_EVENT_EOF_READ;
	e->old_state = TCP_CLOSE_WAIT;
	e->new_state = TCP_CLOSE_WAIT;
	tell_task(e, p->eof_own_ns == p->eof_ns ? &p->eof_task : &p->task);
	submit_record(e);
	return 0;
}

static __noinline int note_common(struct place *p, struct sock *sk)
{
	if (!p || !sk)
		return 0;
	__builtin_memset(&p->like, 0, sizeof(p->like));
	fill_record(&p->like, sk, bpf_skc_to_tcp_sock(sk), WITH_FACTS);
	return 0;
}

static __always_inline void note_second(void)
{
	__u64 second = bpf_ktime_get_ns() >> 30;

	if (ledger.use.second != second) {
		ledger.use.second = second;
		ledger.use.begun = 0;
		ledger.use.strays = 0;
	}
}

/* Anybody can send them, so they have less to spend, and not what stories have. */
static __always_inline bool may_tell_stray(void)
{
	note_second();
	return __sync_fetch_and_add(&ledger.use.strays, 1) <= cfg.most_stories / 4;
}

/* False: this one is counted as refused. */
__noinline bool may_begin_another(void)
{
	struct audit_totals *here;

	note_second();
	if (__sync_fetch_and_add(&ledger.use.begun, 1) >= cfg.most_stories) {
		__sync_fetch_and_add(&counters.stories_refused, 1);
		return false;
	}
	here = totals_here();
	if (here)
		here->stories++;
	return true;
}

/* Tells what was kept; from now on all of it is told as it happens. False: it is not, there are too many. */
__noinline bool begin_noted_story(struct place *p)
{
	if (!p)
		return false;
	if (p->told != LEDGER_UNTOLD)
		return p->told == LEDGER_TOLD;
	if (!may_begin_another()) {
		p->told = LEDGER_REFUSED;
		p->last_ns = bpf_ktime_get_ns();
		return false;
	}
	if (__sync_val_compare_and_swap(&p->told, LEDGER_UNTOLD, LEDGER_TOLD) != LEDGER_UNTOLD)
		return true;
	p->last_ns = bpf_ktime_get_ns();
	for (__u32 i = 0; i < LEDGER_MARKS; i++) {
		if (i < p->marks)
			tell_mark(p, i);
	}
	tell_eof(p);
	return true;
}

/* The same of a socket that is still there, and may be asked. */
static __always_inline bool begin_story(struct place *p, struct sock *sk)
{
	if (p->told == LEDGER_UNTOLD)
		note_common(p, sk);
	return begin_noted_story(p);
}

/* For a socket that found no place. */
__noinline bool begin_unplaced_story(__u64 cookie)
{
	struct audit_totals *here;
	__u8 one = UNPLACED_CLOSING;

	if (is_unplaced(cookie)) {
		ledger.use.unplaced_ns = bpf_ktime_get_ns();
		return true;
	}
	if (!may_begin_another())
		return false;
	here = totals_here();
	if (here)
		here->unplaced++;
	ledger.use.unplaced_ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&unplaced, &cookie, &one, BPF_ANY);
	return true;
}

#endif
