/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The ledger of an audit: of each connection that closes, the records that `live` would have sent so far, kept here until
 * its end shows what it was. A close that its own numbers prove clean is counted and forgotten; of anything else the kept
 * records go into the ring as they are, and from then on every further one as it happens. So whoever reads them cannot
 * tell the two apart, and nobody here judges.
 *
 * A connection has a place by its cookie: one of the first few, which stay in the processor's cache, or else one of a bucket
 * of the others. Where both are taken it is told at once. The socket's lock makes its programs take turns; a sweep, which
 * has no such lock, looks only at sockets that are gone.
 */
#ifndef FINTRAIL_LEDGER_H
#define FINTRAIL_LEDGER_H

#define LEDGER_FIRST 512
#define LEDGER_BUCKETS 2048
#define LEDGER_BUCKET_SHIFT 53 /* 64 - log2(LEDGER_BUCKETS) */
#define LEDGER_BUCKET 8	       /* keys of a bucket are one cache line */
#define LEDGER_OTHERS (LEDGER_BUCKETS * LEDGER_BUCKET)
#define LEDGER_PLACES (LEDGER_FIRST + LEDGER_OTHERS)
#define LEDGER_NO_PLACE 0xffffffffu
#define LEDGER_MARKS 5 /* FIN_WAIT1, a repeat, FIN_WAIT2, CLOSE, DESTROY; or CLOSE_WAIT, EOF, LAST_ACK, two repeats */

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

struct place {
	__u64 since_ns; /* of its first mark, or met so old */
	__u64 last_ns;
	__u32 look;	/* the last that met it */
	__u32 told;	/* enum ledger_told */
	__u32 netns;
	__u8 stage;	/* enum ledger_stage */
	__u8 marks;
	__u8 clean;	/* enum clean_close, of one that is HELD */
	__u8 absences;	/* looks in a row that should have met it */
	__u32 service;
	__u8 eof_marked;
	__u8 reserved[3];
	struct tcp_event mark[LEDGER_MARKS];
};

struct ledger_keys {
	__u64 first[LEDGER_FIRST]; /* cookies; 0: free */
	__u64 others[LEDGER_OTHERS];
};

struct ledger_keys ledger SEC(".bss.ledger") = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LEDGER_PLACES);
	__type(key, __u32);
	__type(value, struct place);
} places SEC(".maps");

/* Told, and without a place: so that their DESTROY is told, too. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u8);
} unplaced SEC(".maps");

struct ledger_use {
	__u64 second; /* of ktime, 2^30 ns long */
	__u64 begun;  /* stories in it */
	__u32 others; /* places taken beyond the first */
	__u32 unplaced;
};

struct ledger_use ledger_use SEC(".bss.ledger_use") = {};
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
	__u8 place[2 * 65536];
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

static __always_inline __u32 first_place(__u64 cookie)
{
	return (__u32)cookie & (LEDGER_FIRST - 1);
}

static __always_inline __u32 bucket(__u64 cookie)
{
	return (__u32)((cookie * 0x9e3779b97f4a7c15ULL) >> LEDGER_BUCKET_SHIFT) * LEDGER_BUCKET;
}

static __noinline __u32 find_among_others(__u64 cookie)
{
	__u32 at = bucket(cookie);

	for (__u32 i = 0; i < LEDGER_BUCKET; i++) {
		if (ledger.others[at + i] == cookie)
			return LEDGER_FIRST + at + i;
	}
	return LEDGER_NO_PLACE;
}

static __always_inline __u32 find_number(__u64 cookie)
{
	__u32 first = first_place(cookie);

	if (ledger.first[first] == cookie)
		return first;
	return ledger_use.others ? find_among_others(cookie) : LEDGER_NO_PLACE;
}

static __always_inline struct place *place_at(__u32 number)
{
	return number == LEDGER_NO_PLACE ? NULL : bpf_map_lookup_elem(&places, &number);
}

static __always_inline struct place *find_place(__u64 cookie)
{
	return place_at(find_number(cookie));
}

static __noinline __u32 take_number(__u64 cookie)
{
	__u32 at = first_place(cookie);

	if (!ledger.first[at] && !__sync_val_compare_and_swap(&ledger.first[at], 0, cookie))
		return at;
	at = bucket(cookie);
	for (__u32 i = 0; i < LEDGER_BUCKET; i++) {
		if (!ledger.others[at + i] && !__sync_val_compare_and_swap(&ledger.others[at + i], 0, cookie)) {
			__sync_fetch_and_add(&ledger_use.others, 1);
			return LEDGER_FIRST + at + i;
		}
	}
	return LEDGER_NO_PLACE;
}

static __always_inline struct place *take_place(__u64 cookie, __u32 netns, __u8 stage, __u64 since_ns)
{
	struct place *p = place_at(take_number(cookie));

	if (!p)
		return NULL;
	p->since_ns = since_ns;
	p->last_ns = since_ns;
	p->look = look.number;
	p->netns = netns;
	p->stage = stage;
	p->marks = 0;
	p->clean = CLEAN_CLOSE_NONE;
	p->absences = 0;
	p->service = 0;
	p->eof_marked = 0;
	p->told = LEDGER_UNTOLD;
	return p;
}

static __always_inline void free_number(__u32 number)
{
	if (number < LEDGER_FIRST) {
		ledger.first[number] = 0;
	} else if (number < LEDGER_PLACES) {
		ledger.others[number - LEDGER_FIRST] = 0;
		__sync_fetch_and_add(&ledger_use.others, -1);
	}
}

static __always_inline bool is_taken(__u32 number)
{
	if (number < LEDGER_FIRST)
		return ledger.first[number];
	return number < LEDGER_PLACES && ledger.others[number - LEDGER_FIRST];
}

/* Which service it is of: clients connect to a port here, or we to one there. Too many are counted as one. */
static __always_inline __u32 service_of(struct sock *sk, const struct tuple *t)
{
	/* sk_clone_lock() leaves a child its listener's backlog; what connects has none. */
	__u32 accepted = sk->sk_max_ack_backlog != 0;
	__u32 port = accepted ? t->local_port : t->remote_port;
	__u32 at = (accepted << 16 | (port & 0xffff)) & 0x1ffff;
	__u32 place = service_places.place[at];

	if (place || services.count >= FINTRAIL_SERVICES - 1)
		return place;
	place = __sync_fetch_and_add(&services.count, 1) + 1;
	if (place >= FINTRAIL_SERVICES)
		return 0;
	services.service[place & (FINTRAIL_SERVICES - 1)] = at;
	service_places.place[at] = place;
	return place;
}

static __always_inline void count_close(__u32 service, __u32 clean)
{
	struct audit_closes *here = bpf_map_lookup_elem(&closes, &service);

	if (here && clean < FINTRAIL_CLEAN_CLOSES)
		here->closes[clean]++;
}

static __always_inline void put_in_ring(struct tcp_event *e)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);

	if (!ring || bpf_ringbuf_output(ring, e, sizeof(*e), BPF_RB_NO_WAKEUP))
		__sync_fetch_and_add(&counters.ring_full, 1);
}

/* False: too many begin at once, and this one is counted as refused. */
static __noinline bool may_begin_another(void)
{
	__u64 second = bpf_ktime_get_ns() >> 30;
	struct audit_totals *here;

	if (ledger_use.second != second) {
		ledger_use.second = second;
		ledger_use.begun = 0;
	}
	if (__sync_fetch_and_add(&ledger_use.begun, 1) >= cfg.most_stories) {
		__sync_fetch_and_add(&counters.stories_refused, 1);
		return false;
	}
	here = totals_here();
	if (here)
		here->stories++;
	return true;
}

/* Tells what was kept; from now on all of it is told as it happens. False: it is not, there are too many. */
static __noinline bool begin_story(struct place *p)
{
	if (!p)
		return false;
	if (p->told != LEDGER_UNTOLD)
		return p->told == LEDGER_TOLD;
	if (!may_begin_another()) {
		p->told = LEDGER_REFUSED;
		return false;
	}
	if (__sync_val_compare_and_swap(&p->told, LEDGER_UNTOLD, LEDGER_TOLD) != LEDGER_UNTOLD)
		return true;
	for (__u32 i = 0; i < LEDGER_MARKS; i++) {
		if (i < p->marks)
			put_in_ring(&p->mark[i]);
	}
	return true;
}

static __always_inline bool is_unplaced(__u64 cookie)
{
	return ledger_use.unplaced && bpf_map_lookup_elem(&unplaced, &cookie);
}

/* For a socket that found no place. */
static __noinline bool begin_unplaced_story(__u64 cookie)
{
	struct audit_totals *here;
	__u8 one = 1;

	if (is_unplaced(cookie))
		return true;
	if (!may_begin_another())
		return false;
	here = totals_here();
	if (here)
		here->unplaced++;
	ledger_use.unplaced = 1;
	bpf_map_update_elem(&unplaced, &cookie, &one, BPF_ANY);
	return true;
}

#endif
