/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * The load that tools/bench measures with: real sockets over loopback, both ends in this process. It says as one line of
 * JSON what it did, and what that took.
 *
 *   load churn COUNT WORKERS [RATE]      connections that are made and closed, at once or so many a second in all; the
 *                                        end that connected closes first
 *   load late COUNT BATCH                the same by one thread, so many half-closed before the first peer closes
 *   load http COUNT WORKERS PORT PER     requests to a server there, PER on a connection, which the server closes
 *   load hold COUNT                      open connections, until SIGTERM
 *   load stuck COUNT                     the same, each half-closed by the end that connected
 *   load receive SECONDS RATE PAIRS      receives of one byte a second in all, on so many connections
 *   load flood SECONDS RATE PORT         datagrams to 127.0.0.1 that somebody else drops
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIRST_PORT 9100
#define MOST_WORKERS 64
#define NS_PER_SECOND 1000000000LL

static volatile sig_atomic_t is_stopped; /* SIGTERM: say what was done so far */

struct worker {
	pthread_t thread;
	int port;
	long count;      /* to do */
	long done;
	long requests;   /* on one connection */
	long long gap_ns; /* between the beginnings of two, 0: none */
};

static void die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("load: ", stderr);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, " (%s)\n", strerror(errno));
	exit(1);
}

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

static void sleep_until(long long ns)
{
	struct timespec t = { ns / NS_PER_SECOND, ns % NS_PER_SECOND };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static struct sockaddr_in loopback(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };

	return address;
}

static int listening(int port)
{
	struct sockaddr_in address = loopback(port);
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 4096))
		die("cannot listen on port %d", port);
	return fd;
}

static int connected(int port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("cannot connect to port %d", port);
	return fd;
}

static int accepted(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		die("cannot accept");
	return fd;
}

static void read_eof(int fd)
{
	char byte;

	if (read(fd, &byte, 1))
		die("expected the end of a connection");
}

static void *churn(void *argument)
{
	struct worker *w = argument;
	int listener = listening(w->port);
	long long next_ns = now_ns();

	for (; w->done < w->count; w->done++) {
		int near, far;

		if (w->gap_ns) {
			sleep_until(next_ns);
			next_ns += w->gap_ns;
		}
		near = connected(w->port);
		far = accepted(listener);
		close(near);
		read_eof(far);
		close(far);
	}
	close(listener);
	return NULL;
}

static void late(struct worker *w, long batch)
{
	int listener = listening(w->port), *near = calloc(batch, sizeof(int)), *far = calloc(batch, sizeof(int));

	while (w->done < w->count) {
		for (long i = 0; i < batch; i++) {
			near[i] = connected(w->port);
			far[i] = accepted(listener);
		}
		for (long i = 0; i < batch; i++)
			if (i % 2)
				shutdown(near[i], SHUT_WR);
			else
				close(near[i]);
		for (long i = 0; i < batch; i++) {
			read_eof(far[i]);
			close(far[i]);
			if (i % 2) {
				read_eof(near[i]);
				close(near[i]);
			}
		}
		w->done += batch;
	}
	close(listener);
	free(near);
	free(far);
}

/* The body's length is the server's business: a response of known size, or the end of the connection. */
static long read_response(int fd, char *buffer, size_t size)
{
	size_t got = 0;

	for (;;) {
		ssize_t n = read(fd, buffer + got, size - 1 - got);
		char *end, *length;

		if (n <= 0)
			return got ? (long)got : n;
		got += n;
		buffer[got] = 0;
		end = strstr(buffer, "\r\n\r\n");
		length = end ? strcasestr(buffer, "content-length:") : NULL;
		if (length && got >= (size_t)(end + 4 - buffer) + strtoul(length + 15, NULL, 10))
			return got;
	}
}

static void *http(void *argument)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct worker *w = argument;
	char buffer[16384];

	for (; w->done < w->count; w->done++) {
		int fd = connected(w->port);

		for (long i = 0; i < w->requests; i++)
			if (write(fd, request, sizeof(request) - 1) != sizeof(request) - 1 || read_response(fd, buffer, sizeof(buffer)) <= 0)
				die("request %ld on a connection was not answered", i + 1);
		read_eof(fd);
		close(fd);
	}
	return NULL;
}

static void *feed(void *argument)
{
	static char block[1 << 16];
	int fd = *(int *)argument;

	while (write(fd, block, sizeof(block)) > 0)
		;
	return NULL;
}

/* As a thread that is woken now and then and reads what it owes: sleeping after each would take more than reading. */
static long receive(long seconds, long rate, long pairs)
{
	int listener = listening(FIRST_PORT), near[MOST_WORKERS], far[MOST_WORKERS];
	long long begun_ns = now_ns();
	long done = 0;
	char byte;

	if (pairs > MOST_WORKERS)
		die("at most %d connections", MOST_WORKERS);
	for (long i = 0; i < pairs; i++) {
		pthread_t thread;

		near[i] = connected(FIRST_PORT);
		far[i] = accepted(listener);
		pthread_create(&thread, NULL, feed, &far[i]);
	}
	for (long long ns = 0; !is_stopped && ns < seconds * NS_PER_SECOND; ns = now_ns() - begun_ns) {
		long due = ns * rate / NS_PER_SECOND;

		for (; done < due; done++)
			if (read(near[done % pairs], &byte, 1) != 1)
				die("a connection that is fed ended");
		sleep_until(begun_ns + ns + 1000000);
	}
	return done;
}

static long flood(long seconds, long rate, int port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long long begun_ns = now_ns();
	long done = 0;

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("cannot send to port %d", port);
	for (long long ns = 0; !is_stopped && ns < seconds * NS_PER_SECOND; ns = now_ns() - begun_ns) {
		for (long due = ns * rate / NS_PER_SECOND; done < due; done++)
			if (write(fd, "x", 1) != 1 && errno != EPERM && errno != ENOBUFS && errno != ECONNREFUSED)
				die("cannot send");
		sleep_until(begun_ns + ns + 1000000);
	}
	return done;
}

static void hold(long count, int is_half_closed)
{
	int listener = listening(FIRST_PORT), signal_number;
	sigset_t ends;

	for (long i = 0; i < count; i++) {
		int fd = connected(FIRST_PORT);

		accepted(listener);
		if (is_half_closed)
			shutdown(fd, SHUT_WR);
	}
	printf("{\"held\": %ld}\n", count);
	fflush(stdout);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	sigwait(&ends, &signal_number);
}

/* TcpExt lines of /proc/net/netstat: names, then numbers. */
static long time_wait_overflow(void)
{
	static char names[8192], numbers[8192];
	FILE *file = fopen("/proc/net/netstat", "r");
	long found = -1;

	while (file && fgets(names, sizeof(names), file) && fgets(numbers, sizeof(numbers), file)) {
		char *rest_of_names, *rest_of_numbers;
		char *name = strtok_r(names, " \n", &rest_of_names), *number = strtok_r(numbers, " \n", &rest_of_numbers);

		for (; name && number; name = strtok_r(NULL, " \n", &rest_of_names), number = strtok_r(NULL, " \n", &rest_of_numbers))
			if (!strcmp(name, "TCPTimeWaitOverflow"))
				found = atol(number);
	}
	if (file)
		fclose(file);
	return found;
}

static double seconds_of(struct timeval t)
{
	return t.tv_sec + t.tv_usec / 1e6;
}

static void report(long done, long long begun_ns)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	printf("{\"done\": %ld, \"seconds\": %.6f, \"cpu\": %.6f, \"timeWaitOverflow\": %ld}\n", done,
	       (double)(now_ns() - begun_ns) / NS_PER_SECOND, seconds_of(used.ru_utime) + seconds_of(used.ru_stime), time_wait_overflow());
}

static long on_workers(void *(*work)(void *), int count, struct worker *w)
{
	long done = 0;

	for (int i = 0; i < count; i++)
		if (pthread_create(&w[i].thread, NULL, work, &w[i]))
			die("cannot start a thread");
	for (int i = 0; i < count; i++) {
		pthread_join(w[i].thread, NULL);
		done += w[i].done;
	}
	return done;
}

static long number(char **arguments, int count, int index)
{
	char *end;
	long value = index < count ? strtol(arguments[index], &end, 10) : 0;

	if (index >= count || *end || value <= 0) {
		fputs("load: see the head of load.c for its arguments\n", stderr);
		exit(2);
	}
	return value;
}

static void take_files(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static void stop(int signal_number)
{
	(void)signal_number;
	is_stopped = 1;
}

int main(int count, char **arguments)
{
	static struct worker workers[MOST_WORKERS];
	const char *what = count > 1 ? arguments[1] : "";
	long first = number(arguments, count, 2), done = 0;
	long long begun_ns = now_ns();

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a bench that is killed leaves no load behind */
	take_files();
	if (!strcmp(what, "churn") || !strcmp(what, "http")) {
		int is_http = !strcmp(what, "http");
		long threads = number(arguments, count, 3);

		if (threads > MOST_WORKERS)
			die("at most %d workers", MOST_WORKERS);
		for (int i = 0; i < threads; i++) {
			workers[i].count = first / threads;
			workers[i].port = is_http ? number(arguments, count, 4) : FIRST_PORT + i;
			if (is_http)
				workers[i].requests = number(arguments, count, 5);
			else if (count > 4)
				workers[i].gap_ns = NS_PER_SECOND * threads / number(arguments, count, 4);
		}
		done = on_workers(is_http ? http : churn, threads, workers);
	} else if (!strcmp(what, "late")) {
		workers[0] = (struct worker){ .port = FIRST_PORT, .count = first };
		late(&workers[0], number(arguments, count, 3));
		done = workers[0].done;
	} else if (!strcmp(what, "receive")) {
		signal(SIGTERM, stop);
		done = receive(first, number(arguments, count, 3), number(arguments, count, 4));
	} else if (!strcmp(what, "flood")) {
		signal(SIGTERM, stop);
		done = flood(first, number(arguments, count, 3), number(arguments, count, 4));
	} else if (!strcmp(what, "hold") || !strcmp(what, "stuck")) {
		hold(first, !strcmp(what, "stuck"));
	} else {
		number(arguments, 0, 0);
	}
	report(done, begun_ns);
	return 0;
}
