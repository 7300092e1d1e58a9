/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * A program that is interrupted by a softirq of its own hook is skipped there (__bpf_trace_run, recursion_misses), and
 * shortening it or holding interrupts off only moves where that happens. So the hook that many contexts share has a
 * second program behind the first, which does what the first was skipped for. The first leaves word of each transition
 * that it has seen; where the second finds none, it is the only one running.
 */
#ifndef FINTRAIL_STAND_IN_H
#define FINTRAIL_STAND_IN_H

static __always_inline __u64 states_of(int old_state, int new_state)
{
	return (__u64)old_state << 8 | (__u64)new_state;
}

static APART int leave_further_word(struct sock *sk, __u64 states)
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
	COUNT(stood_in);
	return false;
}

#endif
