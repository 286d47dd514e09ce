/*
 * How fast net/ answers, and what an idle connection costs.
 *
 * An echo server on a Unix socket in a thread of its own, clients in the main
 * thread: 50 connections with 1 and with 16 requests under way on each.  Both
 * share the machine, so the figures are lower bounds.  Beside them stands
 * what jansson alone needs to load the same lines, in the same run.
 */
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>
#include <jansson.h>

#include "base/mem.h"
#include "net/net.h"

#define CONNECTIONS 50
#define SECONDS	    2.0
#define IDLE	    10000
#define IDLE_BYTES  1536 /* required */
#define LEAST_RATIO 0.2	 /* required, of jansson's rate */

struct server {
	struct event_base *base;
	struct net *net;
	char path[64];
	atomic_bool stop;
	double cpu; /* seconds, when stopped */
};

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static enum net_verdict
request_cb(struct rpc_request *r, void *arg)
{
	struct server *s = arg;

	net_answer(s->net, r->conn, 0, r->id, json_incref(r->params));
	return NET_DONE;
}

static void
server_open(struct server *s)
{
	static const struct net_callbacks cb = {.request = request_cb};
	struct net_limits l;
	struct err e;

	*s = (struct server){0};
	net_limits_default(&l);
	l.connections_max = 100000;
	s->base = event_base_new();
	s->net = net_new(s->base, &l, &cb, s);
	snprintf(s->path, sizeof(s->path), "/tmp/bench-net-%d", (int)getpid());
	if (net_listen_unix(s->net, s->path, 0600, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
}

static void
server_close(struct server *s)
{
	net_free(s->net);
	event_base_free(s->base);
}

static void
tick_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void *
server_main(void *arg)
{
	struct server *s = arg;
	struct timeval tv = {0, 20000};
	struct event *tick = event_new(s->base, -1, EV_PERSIST, tick_cb, NULL);

	event_add(tick, &tv); /* so that it sees `stop` */
	while (!s->stop) {
		event_base_loop(s->base, EVLOOP_ONCE);
		net_release(s->net, 0);
		net_reap(s->net);
	}
	event_free(tick);
	s->cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
	return NULL;
}

static int
dial(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
		perror("connect");
		exit(1);
	}
	return fd;
}

/* One request of 150 bytes with its newline. */
static size_t
make_line(char *line, size_t size)
{
	int n = snprintf(line, size,
	    "{\"jsonrpc\":\"2.0\",\"id\":1234,\"method\":"
	    "\"contribution.opinion\",\"params\":{\"session\":"
	    "\"mfrggzdfmztwq2lk\",\"text\":\"More trees along the high "
	    "street, fewer.\"}}\n");

	return (size_t)n;
}

static double
jansson_rate(void)
{
	char line[512];
	size_t len = make_line(line, sizeof(line));
	double from = seconds(CLOCK_THREAD_CPUTIME_ID), took;
	long n = 0;
	int i;

	do {
		for (i = 0; i < 1000; i++, n++)
			json_decref(json_loadb(
			    line, len, JSON_REJECT_DUPLICATES, NULL));
		took = seconds(CLOCK_THREAD_CPUTIME_ID) - from;
	} while (took < 1.0);
	return (double)n / took;
}

struct load {
	int fd;
	char batch[16 * 256];
	size_t batch_len;
	int open; /* answers awaited */
};

/* Sends the next batch when all of the last is answered. */
static long
load_step(struct load *l, int pipeline)
{
	char in[65536];
	ssize_t i, n = read(l->fd, in, sizeof(in));
	long lines = 0;

	if (n <= 0) {
		fprintf(stderr, "the server has hung up\n");
		exit(1);
	}
	for (i = 0; i < n; i++)
		lines += in[i] == '\n';
	l->open -= (int)lines;
	if (l->open == 0) {
		if (write(l->fd, l->batch, l->batch_len) !=
		    (ssize_t)l->batch_len)
			exit(1);
		l->open = pipeline;
	}
	return lines;
}

static double
measure(int pipeline, double *cpu)
{
	struct epoll_event ev, evs[CONNECTIONS];
	struct load *loads = xcalloc(CONNECTIONS, sizeof(*loads));
	struct server s;
	pthread_t thread;
	int ep = epoll_create1(0), i, k;
	double from, took;
	long answers = 0;

	server_open(&s);
	pthread_create(&thread, NULL, server_main, &s);
	for (i = 0; i < CONNECTIONS; i++) {
		struct load *l = &loads[i];

		l->fd = dial(s.path);
		for (k = 0; k < pipeline; k++)
			l->batch_len += make_line(l->batch + l->batch_len,
			    sizeof(l->batch) - l->batch_len);
		ev = (struct epoll_event){.events = EPOLLIN, .data.ptr = l};
		epoll_ctl(ep, EPOLL_CTL_ADD, l->fd, &ev);
		if (write(l->fd, l->batch, l->batch_len) < 0)
			exit(1);
		l->open = pipeline;
	}
	from = seconds(CLOCK_MONOTONIC);
	do {
		k = epoll_wait(ep, evs, CONNECTIONS, 1000);
		for (i = 0; i < k; i++)
			answers += load_step(evs[i].data.ptr, pipeline);
		took = seconds(CLOCK_MONOTONIC) - from;
	} while (took < SECONDS);
	s.stop = true;
	pthread_join(thread, NULL);
	*cpu = (double)answers / s.cpu;
	for (i = 0; i < CONNECTIONS; i++)
		close(loads[i].fd);
	close(ep);
	free(loads);
	server_close(&s);
	return (double)answers / took;
}

static long
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size, pages;

	if (f == NULL || fscanf(f, "%ld %ld", &size, &pages) != 2)
		exit(1);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static void
turns(struct server *s, int n)
{
	while (n-- > 0) {
		event_base_loop(s->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		net_release(s->net, 0);
		net_reap(s->net);
	}
}

/* Fresh, and again after each has asked and been answered once. */
static int
idle_memory(long *fresh, long *used)
{
	char line[512], in[4096];
	size_t len = make_line(line, sizeof(line));
	struct rlimit rl;
	struct server s;
	int i, n, *fds;
	long before;

	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	n = rl.rlim_cur < 2 * IDLE + 100 ? (int)(rl.rlim_cur - 100) / 2 : IDLE;
	fds = xreallocarray(NULL, (size_t)n, sizeof(*fds));
	memset(fds, 0, (size_t)n * sizeof(*fds));
	server_open(&s);
	turns(&s, 2);
	before = resident();
	for (i = 0; i < n; i++) {
		fds[i] = dial(s.path);
		turns(&s, 1);
	}
	turns(&s, 3);
	*fresh = (resident() - before) / n;
	for (i = 0; i < n; i++) {
		if (write(fds[i], line, len) < 0)
			exit(1);
		turns(&s, 2);
		if (read(fds[i], in, sizeof(in)) <= 0)
			exit(1);
	}
	*used = (resident() - before) / n;
	for (i = 0; i < n; i++)
		close(fds[i]);
	turns(&s, 3);
	server_close(&s);
	free(fds);
	return n;
}

int
main(void)
{
	static const int pipelines[] = {1, 16};
	double alone, rate, cpu, ratio = 0;
	long fresh, used;
	size_t i;
	int n;

	signal(SIGPIPE, SIG_IGN);
	mem_setup();
	alone = jansson_rate();
	printf("jansson loads such lines       %9.0f/s\n", alone);
	for (i = 0; i < 2; i++) {
		rate = measure(pipelines[i], &cpu);
		ratio = cpu / alone;
		printf("echo, 50 connections, %2d deep  %9.0f/s  (%.0f a "
		       "second of the server's CPU, %.2f of jansson's rate)\n",
		    pipelines[i], rate, cpu, ratio);
	}
	n = idle_memory(&fresh, &used);
	printf("idle connection, of %d      %6ld B  (%ld B after a request)\n",
	    n, fresh, used);
	if (ratio < LEAST_RATIO || fresh > IDLE_BYTES) {
		printf("too slow or too big\n");
		return 1;
	}
	return 0;
}
