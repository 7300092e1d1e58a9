/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The few kernel structs we touch, only the fields we read. Offsets are relocated at load (CO-RE), so order
 * and neighbours do not matter; a name or a type that differs between kernels stands in kernel_compat.bpf.h.
 */
#ifndef FINTRAIL_KERNEL_TYPES_H
#define FINTRAIL_KERNEL_TYPES_H

typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef _Bool bool;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u16 __sum16;
typedef __u32 __wsum;
#define NULL ((void *)0)
#define true 1
#define false 0

#define KERNEL_TYPE __attribute__((preserve_access_index))

enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
	TCP_NEW_SYN_RECV,
};

enum bpf_map_type {
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

#define BPF_RB_NO_WAKEUP 1ULL
#define BPF_ANY 0
#define BPF_F_NO_PREALLOC 1
#define BPF_F_MMAPABLE (1 << 10)
#define BPF_LOCAL_STORAGE_GET_F_CREATE 1

#define EAGAIN 11

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_MPTCP 262

#define ICSK_TIME_LOSS_PROBE 5

#define SOCK_DEAD_BIT (1UL << 0)
#define SOCK_DONE_BIT (1UL << 1)
#define MSG_PEEK 0x2
#define MSG_ERRQUEUE 0x2000
#define SOCK_KEEPOPEN_BIT (1UL << 3)

#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__u32 u6_addr32[4];
	} in6_u;
} KERNEL_TYPE;

struct ns_common {
	unsigned int inum;
} KERNEL_TYPE;

struct netns_ipv4 {
	int sysctl_tcp_fin_timeout;
	int sysctl_tcp_keepalive_time;
	int sysctl_tcp_keepalive_intvl;
	__u8 sysctl_tcp_keepalive_probes;
	__u8 sysctl_tcp_orphan_retries;
	__u8 sysctl_tcp_retries2;
} KERNEL_TYPE;

struct net {
	struct ns_common ns;
	struct netns_ipv4 ipv4;
} KERNEL_TYPE;

typedef struct {
	struct net *net;
} possible_net_t;

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	__s64 counter;
} atomic64_t;

struct sock_common {
	union {
		struct {
			__be32 skc_daddr;
			__be32 skc_rcv_saddr;
		};
	};
	union {
		struct {
			__be16 skc_dport;
			__u16 skc_num;
		};
	};
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	union {
		unsigned long skc_flags;
	};
} KERNEL_TYPE;

struct sock;

struct socket {
	struct sock *sk;
} KERNEL_TYPE;

struct hlist_node {
	struct hlist_node **pprev;
} KERNEL_TYPE;

struct timer_list {
	struct hlist_node entry;
	unsigned long expires;
	__u32 flags;
} KERNEL_TYPE;

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	int sk_err;
	int sk_err_soft;
	__u16 sk_protocol;
	__u8 sk_shutdown;
	unsigned long sk_lingertime;
	__u32 sk_ack_backlog;
	__u32 sk_max_ack_backlog;
	atomic_t sk_drops;
} KERNEL_TYPE;

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
} KERNEL_TYPE;

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	__u32 icsk_rto;
	__u8 icsk_retransmits;
	__u8 icsk_pending;
	__u8 icsk_backoff;
	__u8 icsk_probes_out;
	__u32 icsk_user_timeout;
	__u32 icsk_probes_tstamp;
	struct {
		__u32 lrcvtime;
	} icsk_ack;
} KERNEL_TYPE;

struct rb_node;

struct rb_root {
	struct rb_node *rb_node;
} KERNEL_TYPE;

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 segs_in;
	__u32 write_seq;
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 snd_wl1;
	__u32 snd_wnd;
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u32 packets_out;
	__u32 retrans_stamp;
	__u64 tcp_clock_cache;
	__u32 rcv_tstamp;
	__u32 lsndtime;
	unsigned int keepalive_time;
	unsigned int keepalive_intvl;
	__u8 keepalive_probes;
	struct sk_buff *ooo_last_skb;
	int linger2;
	bool is_mptcp;
	__u64 bytes_acked;
	__u64 bytes_received;
	struct rb_root out_of_order_queue;
} KERNEL_TYPE;

struct inet_timewait_sock {
	struct sock_common __tw_common;
	unsigned char tw_substate;
	__be16 tw_sport;
	struct timer_list tw_timer;
} KERNEL_TYPE;

struct tcp_skb_cb {
	__u32 seq;
	__u32 end_seq;
	__u16 tcp_flags;
	__u32 ack_seq;
} KERNEL_TYPE;

struct net_device {
	possible_net_t nd_net;
} KERNEL_TYPE;

struct sk_buff {
	struct sock *sk;
	union {
		struct net_device *dev;
	};
	char cb[48];
	unsigned int len;
	__u16 transport_header;
	__u16 network_header;
	unsigned char *head;
} KERNEL_TYPE;

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	char comm[16];
} KERNEL_TYPE;

struct inode {
	unsigned long i_ino;
} KERNEL_TYPE;

struct file {
	struct inode *f_inode;
} KERNEL_TYPE;

struct bpf_iter_meta {
	struct seq_file *seq;
} KERNEL_TYPE;

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
} KERNEL_TYPE;

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
} KERNEL_TYPE;

#endif
