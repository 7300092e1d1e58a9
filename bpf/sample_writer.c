// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Writes records to stdout as the kernel side lays them out, for TcpEventDecodeTest: a value of its own in every
 * field, then the extremes. Built for the host by `make samples`.
 */
#include <stdio.h>
#include <string.h>
#include "tcp_event.h"

static const struct tcp_event distinct = {
	.ktime_ns = 0x0102030405060708ULL,
	.cookie = 0x1112131415161718ULL,
	.sent_bytes = 0x2122232425262728ULL,
	.received_bytes = 0x3132333435363738ULL,
	.netns = 4026531840u,
	.write_seq = 0x41424344,
	.snd_una = 0x45464748,
	.snd_nxt = 0x494a4b4c,
	.snd_wl1 = 0x51525354,
	.snd_wnd = 0x55565758,
	.rcv_nxt = 0x61626364,
	.copied_seq = 0x65666768,
	.packets_out = 0x696a6b6c,
	.socket_flags = 1 << 0 | 1 << 4,
	.error = 110,
	.soft_error = 113,
	.rto_jiffies = 51,
	.user_timeout_ms = 1500,
	.fin_timeout_jiffies = 15000,
	.linger2_jiffies = (__u32)-1,
	.linger_jiffies = 0,
	.pid = 4194304,
	.tid = 4194303,
	.reason = 0x71727374,
	.send_error = (__u32)-113,
	.segment_seq = 0x75767778,
	.segment_end_seq = 0x797a7b7c,
	.segment_ack = 0x7d7e7f70,
	.flags = TCP_EVENT_FLAG_FULL_SOCKET | TCP_EVENT_FLAG_HAS_SEGMENT | TCP_EVENT_FLAG_NO_REASON,
	.protocol = 262,
	.local_port = 8686,
	.remote_port = 33332,
	.kind = TCP_EVENT_STATE,
	.family = 4,
	.old_state = 8, /* CLOSE_WAIT */
	.new_state = 9, /* LAST_ACK */
	.shutdown = 3,
	.timer_pending = 5,
	.retransmits = 6,
	.backoff = 7,
	.probes_out = 10,
	.orphan_retries = 11,
	.retries2 = 15,
	.tcp_flags = 1 | 16,
	.segments_received = 0x6d6e6f60,
	.local_address = { [10] = 0xff, 0xff, 10, 0, 0, 1 },
	.remote_address = { [10] = 0xff, 0xff, 192, 168, 255, 254 },
	.comm = "haproxy",
};

static void write_record(const struct tcp_event *e)
{
	if (fwrite(e, sizeof(*e), 1, stdout) != 1)
		perror("sample_writer");
}

/* Every byte 0xff: nothing may come out negative that is a count, and nothing positive that has a sign. */
static void write_all_ones(void)
{
	struct tcp_event e;

	memset(&e, 0xff, sizeof(e));
	write_record(&e);
}

static void write_ipv6(void)
{
	static const __u8 local[16] = { 0x20, 0x01, 0x0d, 0xb8, [14] = 0x80, 0x01 };
	static const __u8 remote[16] = { 0xfe, 0x80, [8] = 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8 };
	static const char hostile[FINTRAIL_COMM_LENGTH] = "\x1b[2J\n=#% \xc3\xa4\xff\x80\x01x";
	struct tcp_event e = distinct;

	e.kind = TCP_EVENT_EOF_READ;
	e.family = 6;
	e.local_port = 65535;
	e.remote_port = 1;
	memcpy(e.local_address, local, 16);
	memcpy(e.remote_address, remote, 16);
	memcpy(e.comm, hostile, sizeof(e.comm));
	write_record(&e);
}

static void write_full_comm(void)
{
	struct tcp_event e = distinct;

	memcpy(e.comm, "0123456789abcdef", sizeof(e.comm));
	write_record(&e);
}

int main(void)
{
	struct tcp_event e = distinct;

	write_record(&distinct);
	write_all_ones();
	write_ipv6();
	write_full_comm();
	for (e.kind = TCP_EVENT_STATE; e.kind <= TCP_EVENT_LEG; e.kind++)
		write_record(&e);
	return 0;
}
