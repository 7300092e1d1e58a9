/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * THE CONTRACT between the kernel side and Java: one fixed-size record per fact.
 *
 * Java reads it at constant offsets (TcpEventLayout.java is generated from the BTF of the built object).
 * Widest fields first; every byte is written before a record leaves the kernel; numbers are in host byte
 * order, ports too; addresses are IPv6, IPv4 as ::ffff:a.b.c.d; units are in the names. Time in jiffies
 * is turned into seconds with the HZ of the session. Sequence numbers are TCP's, compared as signed 32-bit
 * differences. Zero in `cookie` means "no socket is known for this segment".
 */
#ifndef FINTRAIL_TCP_EVENT_H
#define FINTRAIL_TCP_EVENT_H

#if defined(FINTRAIL_BCC)
/* the kernel's headers have them */
#elif defined(__bpf__)
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
#else
#include <linux/types.h>
#endif

#define FINTRAIL_COMM_LENGTH 16

/* A struct inside the record with a field of 8 bytes would else grow to a multiple of that. */
typedef __u64 __attribute__((aligned(4))) fintrail_cookie;

/* Which fact a record states. The numbers stand in journals: append, never renumber. */
enum tcp_event_kind {
	TCP_EVENT_STATE = 1,         /* inet_sock_set_state: old_state -> new_state */
	TCP_EVENT_RETRANSMIT = 2,    /* tcp_retransmit_skb: segment_* say what went out again */
	TCP_EVENT_RESET_SENT = 3,    /* tcp_send_reset: reason is an sk_rst_reason */
	TCP_EVENT_RESET_RECEIVED = 4, /* tcp_receive_reset: see surprise: also data after close */
	TCP_EVENT_DESTROY = 5,       /* tcp_destroy_sock: the protocol lets the socket go */
	TCP_EVENT_ERROR_REPORT = 6,  /* inet_sk_error_report: the application was told sk_error */
	TCP_EVENT_SEGMENT_FREED = 7, /* kfree_skb of a segment with FIN or RST: reason is a skb_drop_reason */
	TCP_EVENT_EOF_READ = 8,      /* sock_recv_length returned 0 after the peer's FIN */
	TCP_EVENT_SOCKET = 9,        /* a look at a socket (iter/tcp), under its lock; a minisock and a request, too */
	TCP_EVENT_HOLDER = 10,       /* a look at a file that is a socket (iter/task_file): pid holds it as fd */
	TCP_EVENT_LEG = 11,          /* a thread passed something on from other_cookie's socket to this one */
};

/* What a thread did that makes two sockets look like the legs of one proxied session. */
enum leg_how {
	LEG_CONNECTED = 1,   /* it looked into the other one, and then called this connect() */
	LEG_SAME_LENGTH = 2, /* it read from the other one, and then sent as many bytes on this one */
	LEG_NEXT_SEND = 3,   /* it read from the other one, and then sent other bytes on this one */
};

/* Bits of tcp_event.flags. */
enum tcp_event_flag {
	TCP_EVENT_FLAG_FULL_SOCKET = 1 << 0,    /* sequence numbers and timers below were read from a tcp_sock */
	TCP_EVENT_FLAG_TIME_WAIT = 1 << 1,      /* the socket is a time-wait minisock */
	TCP_EVENT_FLAG_HAS_SOCKET_FILE = 1 << 2, /* sk_socket != NULL; its absence is not orphaning */
	TCP_EVENT_FLAG_OUT_OF_ORDER = 1 << 3,   /* received segments wait behind a hole */
	TCP_EVENT_FLAG_TASK_EXITING = 1 << 4,   /* current task is in do_exit() */
	TCP_EVENT_FLAG_KERNEL_THREAD = 1 << 5,  /* current task has no user side: never an owner */
	TCP_EVENT_FLAG_MPTCP_SUBFLOW = 1 << 6,
	TCP_EVENT_FLAG_HAS_SEGMENT = 1 << 7,    /* segment_* and tcp_flags are valid */
	TCP_EVENT_FLAG_OUTGOING = 1 << 8,       /* the segment was on its way out; local/remote are its source/destination */
	TCP_EVENT_FLAG_TUPLE_FROM_SEGMENT = 1 << 9, /* addresses come from the packet, no socket was attached to it */
	TCP_EVENT_FLAG_NO_REASON = 1 << 10,     /* this kernel gives no reason for this fact */
	TCP_EVENT_FLAG_OUT_OF_ORDER_FIN = 1 << 11, /* the last of the segments behind the hole carries the peer's FIN */
	TCP_EVENT_FLAG_OUTSIDE_FILTERS = 1 << 12, /* told as a leg of one that is wanted: of its segments and minisock nothing is */
	TCP_EVENT_FLAG_FROM_DIAG = 1 << 13, /* inet_diag: sequence numbers count from snd_una and copied_seq; see java SocketDiag */
	TCP_EVENT_FLAG_TIME_WAIT_FULL = 1 << 14, /* before 5.17, on FIN_WAIT2 -> CLOSE: as many minisocks as tcp_max_tw_buckets allows */
};

#define FINTRAIL_NO_TIMER 0x80000000u /* *_in_jiffies: this timer is not pending */
#define FINTRAIL_NEVER 0xffffffffu    /* an age: it has not happened */

struct tcp_event {
	__u64 ktime_ns;         /* CLOCK_MONOTONIC */
	__u64 cookie;           /* socket cookie; shared by the socket, its request and its time-wait minisock */
	__u64 sent_bytes;       /* payload the peer acknowledged (bytes_acked) */
	__u64 received_bytes;   /* payload taken in order (bytes_received) */

	__u32 netns;            /* inode number of the socket's network namespace */
	__u32 write_seq;        /* end of everything queued; includes our FIN once it is queued */
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 snd_wl1;          /* sequence number of the segment that last updated the window */
	__u32 snd_wnd;
	__u32 rcv_nxt;          /* includes the peer's FIN once it was accepted */
	__u32 copied_seq;
	__u32 packets_out;
	__u32 socket_flags;     /* sk_flags, low half: bit 0 dead, 1 done, 3 keepopen, 4 linger */
	__u32 error;            /* sk_err */
	__u32 soft_error;       /* sk_err_soft: what ICMP said */
	__u32 rto_jiffies;
	__u32 user_timeout_ms;
	__u32 fin_timeout_jiffies; /* tcp_fin_timeout of the socket's namespace */
	__u32 linger2_jiffies;  /* signed; TCP_LINGER2, 0 unset, negative: no FIN_WAIT2 */
	__u32 linger_jiffies;   /* SO_LINGER time, when its flag is set */
	__u32 segments_received; /* segs_in: equal in two events, nothing arrived between them */

	union {
		struct { /* every kind but SOCKET: what happened, and who ran */
			__u32 pid;  /* tgid of the current task: in a softirq that is a bystander, not an owner */
			__u32 tid;
			union {
				__u32 reason; /* the kernel's number; the session names it */
				__u32 fd;     /* of a HOLDER */
				__u32 leg_how; /* of a LEG: enum leg_how */
			};
			union {
				__u32 send_error; /* signed errno of a retransmission that the host refused */
				__u32 inode;      /* of a HOLDER: the socket's, as /proc/PID/fd shows it */
				__u32 leg_candidates; /* of a LEG: how many sockets it may have been, this one first */
			};
			union {
				struct {
					__u32 segment_seq;
					__u32 segment_end_seq; /* one past the segment's last, FIN and SYN counted */
				};
				fintrail_cookie other_cookie; /* of a LEG: what the thread had read from */
			};
			__u32 segment_ack;
			__u8 comm[FINTRAIL_COMM_LENGTH];
		};
		struct { /* SOCKET: its timers, and how long ago what was. Of a minisock only timer_in_jiffies */
			__u32 timer_in_jiffies;     /* signed, from now: the timer that timer_pending names, or the minisock's */
			__u32 keepalive_in_jiffies; /* signed; also what ends an orphan's FIN_WAIT2 */
			__u32 retransmitting_ms;    /* since the first repeat by timeout: tcp_orphan_retries counts from there */
			__u32 probing_jiffies;      /* since the first zero-window probe */
			__u32 data_received_jiffies; /* ago: lrcvtime */
			__u32 ack_received_jiffies; /* ago: rcv_tstamp, any segment with a valid ACK */
			__u32 data_sent_jiffies;    /* ago: lsndtime */
			__u32 rto_max_jiffies;      /* 0: this kernel has the constant of 120 s */
			__u32 keepalive_time_jiffies;
			__u32 keepalive_interval_jiffies;
			__u32 keepalive_probes;
		};
		struct { /* SOCKET in LISTEN */
			__u32 accept_queue;      /* connections that nobody has accepted yet */
			__u32 accept_queue_most; /* one more than this is let in */
			__u32 listen_drops;      /* connections it has refused since it listens */
		};
	};

	__u16 flags;            /* enum tcp_event_flag */
	__u16 protocol;         /* 6, or 262 for an MPTCP connection */
	__u16 local_port;
	__u16 remote_port;

	__u8 kind;              /* enum tcp_event_kind */
	__u8 family;            /* 4 or 6 */
	__u8 old_state;         /* of the transition; elsewhere equal to new_state */
	__u8 new_state;         /* TCP_ESTABLISHED is 1; for a minisock 6, its substate is in old_state */
	__u8 shutdown;          /* sk_shutdown: 1 receive, 2 send */
	__u8 timer_pending;     /* icsk_pending: 0 none, 1 RTO, 3 zero-window probe, 5 TLP, 6 reordering */
	__u8 retransmits;       /* icsk_retransmits */
	__u8 backoff;
	__u8 probes_out;
	__u8 orphan_retries;    /* tcp_orphan_retries of the socket's namespace; 0 means 8 */
	__u8 retries2;
	__u8 tcp_flags;         /* of the segment: FIN 1, SYN 2, RST 4, PSH 8, ACK 16 */

	__u8 local_address[16];
	__u8 remote_address[16];
};

_Static_assert(sizeof(struct tcp_event) == 200, "tcp_event is 200 bytes: the journal depends on it");
_Static_assert(sizeof(struct tcp_event) % 8 == 0, "records keep their neighbours aligned");

#define FINTRAIL_MAX_FILTER_PORTS 16
#define FINTRAIL_REASON_WORDS 4 /* bitmaps over reasons 0..255 */

/* Where kfree_skb has no reason: the one that follows from who called it. */
#define FINTRAIL_REASON_NETFILTER_DROP 1

/* Filled by the loader before the programs are loaded; constant afterwards, so unused branches vanish. */
struct tracer_config {
	__u64 reason_ignored[FINTRAIL_REASON_WORDS]; /* kfree_skb reasons that never mean a loss */
	__u64 stuck_after_ns;        /* audit: what stands so long is told */
	__u64 jiffy_ns;
	__u64 firewall_from;         /* before 5.17: where nf_hook_slow() frees what a rule dropped; 0: unknown */
	__u64 firewall_to;
	__u32 netns;                 /* 0: every namespace */
	__u32 port_count;
	__u32 reason_not_specified;  /* SKB_DROP_REASON_NOT_SPECIFIED of this kernel */
	__u8 address_prefix_bits;    /* 0: every address */
	__u8 has_socket_cookie;      /* bpf_get_socket_cookie() in tracing programs: 5.12 */
	__u8 has_drop_reason;        /* kfree_skb(.., reason): 5.17 */
	__u8 has_receiving_socket;   /* kfree_skb(.., rx_sk): 6.11 */
	__u8 has_reset_reason;       /* tcp_send_reset(.., reason): 6.10 */
	__u8 has_retransmit_error;   /* tcp_retransmit_skb(.., err): 6.17 */
	__u8 pairs;                  /* tell of legs */
	__u8 reserved[1];
	__u32 stuck_after_jiffies;   /* from then on the threads of a CLOSE_WAIT's holder are worth a look */
	__u32 most_stories;          /* audit: so many begin in a second */
	__u16 ports[FINTRAIL_MAX_FILTER_PORTS];
	__u8 address[16];
};

/* What user space asks of the next look; written between looks. */
struct snapshot_request {
	__u32 everything; /* 0: leave out what is open and at ease */
};

/* What the programs could not deliver, and what only the second one could. */
struct tracer_counters {
	__u64 ring_full;
	__u64 stood_in; /* recursion misses that lost nothing: the second program did the work */
	__u64 stories_refused; /* audit: broken closes that were counted here and told to nobody: too many at once */
	__u64 strays_refused; /* audit: the same of segments whose socket nobody knows */
	__u64 ends_missed; /* audit: connections that are gone, and whose end no program saw */
};

/* Audit: what proves itself clean is only counted, per CPU and service. */
enum clean_close {
	CLEAN_CLOSE_NONE = 0,
	CLEAN_CLOSE_ACTIVE = 1,
	CLEAN_CLOSE_ACTIVE_LATE = 2,
	CLEAN_CLOSE_PASSIVE = 3,
	CLEAN_CLOSE_SIMULTANEOUS = 4,
};

#define FINTRAIL_CLEAN_CLOSES 5
#define FINTRAIL_SERVICES 256 /* the first is for all that found no place of their own */

struct audit_closes {
	__u64 closes[FINTRAIL_CLEAN_CLOSES];
};

/* Per CPU. */
struct audit_totals {
	__u64 retransmits_tlp;
	__u64 retransmits_rto;
	__u64 retransmits_recovery;
	__u64 stories;  /* that began */
	__u64 unplaced; /* of those: told as they happen, because the ledger was full */
};

/* Which service has which place in the counts: a port, and whether clients connect to it here (1) or we to it (0). */
struct audit_services {
	__u32 count;
	__u32 service[FINTRAIL_SERVICES];
};

#define FINTRAIL_AGES 8

/* What the present look has met; zeroed with each new number. */
struct audit_look {
	__u32 number;
	__u32 half_closed[12][2]; /* by TCP state; [1]: somebody holds it */
	__u32 age[FINTRAIL_AGES]; /* half-closed since less than 1, 5, 30 s, 1, 5, 15, 60 min, or for longer */
	__u32 places;             /* of the ledger that are taken */
	__u64 age_seconds;        /* in all */
};

#endif
