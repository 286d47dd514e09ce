/*
 * Durable contributions a second through a real daemon: 50 sessions, each
 * connection replacing a 150-byte opinion with a new key, pipeline 1 and 16;
 * beside the machine's bare fdatasync rate and the rate at which jansson alone
 * loads the same lines.  Then the memory of an idle subscriber, over 10,000.
 */
#include <sys/resource.h>

#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/rig.h"

#define SESSIONS 50
#define SECONDS	 3.0
#define IDLE	 10000

/* ---- one connection ---- */

struct line {
	int fd;
	char in[65536];
	size_t have;
	char session[32];
	long sent, got;
};

static void
put(struct line *l, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t w = write(l->fd, text, n);

		if (w <= 0)
			rig_die("write");
		text += w;
		n -= (size_t)w;
	}
}

static json_t *
ask(struct line *l, const char *request)
{
	json_t *answer;
	char *end;
	ssize_t r;

	put(l, request, strlen(request));
	while ((end = memchr(l->in, '\n', l->have)) == NULL) {
		r = read(l->fd, l->in + l->have, sizeof l->in - l->have);
		if (r <= 0)
			rig_die("read");
		l->have += (size_t)r;
	}
	answer = json_loadb(l->in, (size_t)(end - l->in), 0, NULL);
	l->have -= (size_t)(end + 1 - l->in);
	memmove(l->in, end + 1, l->have);
	if (json_object_get(answer, "result") == NULL) {
		fprintf(stderr, "%s -> %s\n", request,
		    json_dumps(answer, JSON_COMPACT));
		exit(1);
	}
	return json_object_get(answer, "result");
}

static const char *
member(const json_t *o, const char *a, const char *b)
{
	const json_t *v = json_object_get(o, a);

	return json_string_value(b != NULL ? json_object_get(v, b) : v);
}

/* Two people, so that one opinion does not close the phase. */
static void
open_session(struct line *l, const char *socket)
{
	char code[64], digest[80], request[512];
	const json_t *r;
	int i;

	l->fd = rig_dial(socket);
	if (l->fd == -1)
		rig_die("connect");
	r = ask(l,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.create\","
	    "\"params\":{\"question\":\"How many?\"}}\n");
	strlcpy(l->session, member(r, "session", NULL), sizeof l->session);
	strlcpy(code, member(r, "invitation", "code"), sizeof code);
	strlcpy(digest, member(r, "terms", "digest"), sizeof digest);
	for (i = 0; i < 2; i++) {
		struct line other = {.fd = rig_dial(socket)},
			    *who = i ? &other : l;

		snprintf(request, sizeof request,
		    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"session.join\","
		    "\"params\":{\"code\":\"%s\",\"terms\":\"%s\"}}\n",
		    code, digest);
		ask(who, request);
		close(other.fd);
	}
	snprintf(request, sizeof request,
	    "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"session.next\","
	    "\"params\":{\"session\":\"%s\",\"phase\":\"lobby\"}}\n",
	    l->session);
	ask(l, request);
}

static size_t
request_line(const struct line *l, char *out, size_t size)
{
	static const char text[] =
	    "I think that the town should keep the old bridge, for it is a "
	    "way to school, and build the new one further down the river, "
	    "where lorries can turn well.";

	return (size_t)snprintf(out, size,
	    "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"contribution.text\","
	    "\"params\":{\"session\":\"%s\",\"slot\":\"opinion\",\"text\":"
	    "\"%.150s\",\"key\":\"k-%ld\"}}\n",
	    l->sent, l->session, text, l->sent);
}

static void
send_some(struct line *l, int n)
{
	char out[16 * 512];
	size_t len = 0;

	while (n-- > 0) {
		l->sent++;
		len += request_line(l, out + len, sizeof out - len);
	}
	put(l, out, len);
}

static long
receive(struct line *l)
{
	ssize_t r = read(l->fd, l->in, sizeof l->in), i;
	long n = 0;

	if (r <= 0)
		rig_die("read");
	for (i = 0; i < r; i++)
		n += l->in[i] == '\n';
	if (memmem(l->in, (size_t)r, "\"error\"", 7) != NULL) {
		fwrite(l->in, 1, (size_t)(r < 600 ? r : 600), stderr);
		exit(1);
	}
	l->got += n;
	return n;
}

static double
measure(struct line *lines, int pipeline)
{
	struct pollfd p[SESSIONS];
	double began = rig_now(), t;
	long total = 0;
	int i;

	for (i = 0; i < SESSIONS; i++) {
		p[i] = (struct pollfd){.fd = lines[i].fd, .events = POLLIN};
		send_some(&lines[i], pipeline);
	}
	while ((t = rig_now() - began) < SECONDS) {
		if (poll(p, SESSIONS, 1000) <= 0)
			rig_die("no answer within a second");
		for (i = 0; i < SESSIONS; i++)
			if (p[i].revents != 0) {
				long n = receive(&lines[i]);

				total += n;
				send_some(&lines[i], (int)n);
			}
	}
	for (i = 0; i < SESSIONS; i++)
		while (lines[i].got < lines[i].sent)
			receive(&lines[i]);
	return (double)total / t;
}

/* ---- what the machine gives ---- */

static double
jansson_rate(const struct line *l)
{
	char out[512];
	size_t len = request_line(l, out, sizeof out);
	double began = rig_now();
	long n = 0;

	while (rig_now() - began < 0.5)
		for (int i = 0; i < 1000; i++, n++)
			json_decref(
			    json_loadb(out, len, JSON_REJECT_DUPLICATES, NULL));
	return (double)n / (rig_now() - began);
}

static void
idle_memory(const struct rig *b, const struct line *of)
{
	struct rlimit r = {IDLE + 200, IDLE + 200};
	static struct line l;
	char request[256];
	long before, after;
	int i;

	if (setrlimit(RLIMIT_NOFILE, &r) == -1) {
		printf("idle subscribers: skipped, too few descriptors\n");
		return;
	}
	before = rig_kb(b, "VmRSS");
	snprintf(request, sizeof request,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.subscribe\","
	    "\"params\":{\"session\":\"%s\",\"after\":6}}\n",
	    of->session);
	for (i = 0; i < IDLE; i++) {
		memset(&l, 0, sizeof l);
		l.fd = rig_dial(b->socket);
		if (l.fd == -1)
			rig_die("connect");
		ask(&l, request);
	}
	sleep(1);
	after = rig_kb(b, "VmRSS");
	printf("idle subscribers: %d, %.2f kB resident each (at most 4)\n",
	    IDLE, (double)(after - before) / IDLE);
}

int
main(void)
{
	static struct line lines[SESSIONS];
	static struct line quiet;
	double p1, p16, load;
	struct rig b;
	int i;

	rig_start(
	    &b, (const char *const[]){"rate=0", "events=100000000", NULL});
	for (i = 0; i < SESSIONS; i++)
		open_session(&lines[i], b.socket);
	open_session(&quiet, b.socket);
	/* What else runs on the machine comes and goes: the reference is taken
	 * on both sides of what is measured. */
	load = jansson_rate(&lines[0]);
	p16 = measure(lines, 16);
	load = (load + jansson_rate(&lines[0])) / 2;
	p1 = measure(lines, 1);
	printf("bare fdatasync        %10.0f a second\n",
	    1 / rig_fdatasync(b.dir));
	printf("jansson load          %10.0f lines a second\n", load);
	printf("contributions, 1      %10.0f a second, %.3f of jansson\n", p1,
	    p1 / load);
	printf("contributions, 16     %10.0f a second, %.3f of jansson "
	       "(at least 0.25)\n",
	    p16, p16 / load);
	idle_memory(&b, &quiet);
	rig_stop(&b);
	return 0;
}
