/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* What is remembered of a socket as a leg of a proxied session (legs.bpf.h): the filters ask for it, too. */
#ifndef FINTRAIL_LEG_H
#define FINTRAIL_LEG_H

struct leg {
	__u64 from;     /* the socket whose bytes it was given last */
	__u32 period_ms;
	__u32 read;     /* the slot of what was read from it, where its thread still has that */
	__u32 rest;     /* bytes of what it was given that are still to be sent */
	__u8 how;       /* enum leg_how */
	__u8 is_sure;   /* it could have been no other */
	__u8 is_wanted; /* the other leg of one that the filters let through */
	__u8 told;      /* times in this period */
	__u8 is_back;   /* by connect(): towards the backend, where it is a proxy's */
	__u8 connect_candidates; /* which it may have been connected for; 0: for none that was seen */
	__u8 reserved[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct leg);
} legs SEC(".maps");

static __always_inline bool is_leg_of_wanted(struct sock *sk)
{
	struct leg *leg = bpf_sk_storage_get(&legs, sk, NULL, 0);

	return leg && leg->is_wanted;
}

#endif
