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

/* One socket is in one context at a time, so a word is of one transition in flight. */
struct word {
	__u64 socket; /* 0: none left */
	__u64 states; /* old and new */
};

struct words {
	struct word left[WORDS_LEFT];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct words);
} words SEC(".maps");

static __always_inline __u64 states_of(int old_state, int new_state)
{
	return (__u64)old_state << 8 | (__u64)new_state;
}

static __always_inline void leave_word(struct sock *sk, int old_state, int new_state)
{
	__u32 zero = 0;
	struct words *here = bpf_map_lookup_elem(&words, &zero);

	if (!here)
		return;
	for (__u32 i = 0; i < WORDS_LEFT; i++) {
		if (!here->left[i].socket) {
			here->left[i].states = states_of(old_state, new_state);
			here->left[i].socket = (__u64)sk;
			return;
		}
	}
	__builtin_memset(here, 0, sizeof(*here));
	here->left[0].states = states_of(old_state, new_state);
	here->left[0].socket = (__u64)sk;
}

/* Whether the first program has seen it; if not, it is counted as stood in for. */
static __always_inline bool word_was_left(struct sock *sk, int old_state, int new_state)
{
	__u32 zero = 0;
	struct words *here = bpf_map_lookup_elem(&words, &zero);

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
