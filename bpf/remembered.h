/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/* What programs keep in maps from one run to the next. The maps themselves differ: core.bpf.h, bcc.h. */
#ifndef FINTRAIL_REMEMBERED_H
#define FINTRAIL_REMEMBERED_H

/* A connection's addresses, in the record's form. */
struct tuple {
	__u8 local_address[16];
	__u8 remote_address[16];
	__u32 netns;
	__u16 local_port;
	__u16 remote_port;
};

/*
 * Word of a transition that a program has seen (stand_in.bpf.h). How deep they can be nested is two; word of more stays only
 * where the second program was the one to be skipped. Where all are taken so, they are forgotten.
 */
#define WORDS_LEFT 4

/* One socket is in one context at a time, so a word is of one transition in flight. */
struct word {
	__u64 socket; /* 0: none left */
	__u64 states; /* old and new */
};

struct words {
	struct word left[WORDS_LEFT];
};

_Static_assert(sizeof(struct words) == 64, "a processor's words are one cache line");

/*
 * Which connections are orphans that went on as FIN_WAIT2 minisocks. Needed only where kfree_skb does not name
 * the receiving socket (before 6.11): there, a late FIN is a segment freed for no stated reason, like thousands
 * of healthy ones, and only the addresses tell that it was for one of these.
 */
#define LATE_FINS 65536

#endif
