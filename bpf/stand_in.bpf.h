/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * A program that is interrupted by a softirq of its own hook is skipped there (__bpf_trace_run, recursion_misses), and
 * shortening it or holding interrupts off only moves where that happens. So the hook that many contexts share has a
 * second program behind the first, which does what the first was skipped for. The first leaves word of each transition
 * that it has seen; where the second finds none, it is the only one running.
 */
#ifndef FINTRAIL_STAND_IN_H
#define FINTRAIL_STAND_IN_H

/*
 * How deep they can be nested is two; word of more stays only where the second program was the one to be skipped. Where all
 * are taken so, they are forgotten.
 */
#define WORDS_LEFT 4
#define WORDS_CPUS 512 /* on further ones nobody stands in */

/* One socket is in one context at a time, so a word is of one transition in flight. */
struct word {
	__u64 socket; /* 0: none left */
	__u64 states; /* old and new */
};

struct words {
	struct word left[WORDS_LEFT];
};

_Static_assert(sizeof(struct words) == 64, "a processor's words are one cache line");

/* Not a per-CPU map: its key would be on the stack, see is_simple_step(). */
struct words words[WORDS_CPUS] SEC(".bss.words") = {};

static __always_inline struct words *words_here(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	if (cpu >= WORDS_CPUS)
		return NULL;
	barrier_var(cpu); /* else the mask is left out, and 6.1 does not know of what is shifted that it was compared before */
	return &words[cpu & (WORDS_CPUS - 1)];
}

static __always_inline __u64 states_of(int old_state, int new_state)
{
	return (__u64)old_state << 8 | (__u64)new_state;
}

static __noinline int leave_further_word(struct sock *sk, __u64 states)
{
	struct words *here = words_here();

	if (!sk || !here)
		return 0;
	for (__u32 i = 1; i < WORDS_LEFT; i++) {
		if (!here->left[i].socket) {
			*(volatile __u64 *)&here->left[i].socket = (__u64)sk;
			here->left[i].states = states;
			return 0;
		}
	}
	__builtin_memset(here, 0, sizeof(*here));
	here->left[0].states = states;
	here->left[0].socket = (__u64)sk;
	return 0;
}

static __always_inline void leave_word(struct sock *sk, int old_state, int new_state)
{
	struct words *here = words_here();

	if (!here)
		return;
	if (here->left[0].socket) {
		leave_further_word(sk, states_of(old_state, new_state));
		return;
	}
	/* In this order: before 6.1 a softirq's run of the same program may come between. */
	*(volatile __u64 *)&here->left[0].socket = (__u64)sk;
	here->left[0].states = states_of(old_state, new_state);
}

/* Whether the first program has seen it; if not, it is counted as stood in for. */
static __always_inline bool word_was_left(struct sock *sk, int old_state, int new_state)
{
	struct words *here = words_here();

	if (!here)
		return true;
	for (__u32 i = 0; i < WORDS_LEFT; i++) {
		if (here->left[i].socket == (__u64)sk && here->left[i].states == states_of(old_state, new_state)) {
			here->left[i].socket = 0;
			return true;
		}
	}
	__sync_fetch_and_add(&counters.stood_in, 1);
	return false;
}

#endif
