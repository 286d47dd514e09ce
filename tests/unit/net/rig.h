/*
 * What the tests of net/ share: a hub on a Unix socket with an owner that
 * answers a few methods, and clients, all in one thread.  The loop is turned
 * by hand, so every wait has a bound.
 *
 *   echo {…}      answers its params
 *   later         is answered when the test says so
 *   park          is put off while rig.parking
 *   big {n}       answers a string of n bytes
 *   note {n}      answers like big, then sends the notification "note"
 *   wrong         answers an error with a field
 *   trust, quit   call net_trust, net_close
 */
#ifndef TESTS_UNIT_NET_RIG_H
#define TESTS_UNIT_NET_RIG_H

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/mem.h"
#include "net/net.h"

#define UNUSED	    __attribute__((unused))
#define PATIENCE_MS 10000

struct later {
	uint64_t conn;
	json_t *id;
};

struct rig {
	struct event_base *base;
	struct net *net;
	char dir[32], path[64];
	int64_t ticket; /* what answers carry */
	bool release;	/* release everything after each turn */
	bool parking;
	struct later *later;
	size_t nlater, later_cap;
	/* what was seen */
	uint64_t last; /* the connection that asked last */
	size_t requests, notifications, closed, drained, parked;
	uint64_t *order; /* connections in the order of their requests */
	size_t norder, order_cap;
};

static json_t *
rig_big(const json_t *params)
{
	size_t n = (size_t)json_integer_value(json_object_get(params, "n"));
	char *s = xmalloc(n + 1);
	json_t *v;

	memset(s, 'x', n);
	s[n] = '\0';
	v = json_stringn(s, n);
	free(s);
	return v;
}

static enum net_verdict
rig_request_cb(struct rpc_request *r, void *arg)
{
	struct rig *g = arg;
	struct err e;

	g->last = r->conn;
	if (strcmp(r->method, "park") == 0 && g->parking) {
		g->parked++;
		return NET_PARK;
	}
	g->order = xgrow(g->order, g->norder, &g->order_cap, sizeof(*g->order));
	g->order[g->norder++] = r->conn;
	g->requests++;
	if (r->id == NULL)
		g->notifications++;
	if (strcmp(r->method, "later") == 0) {
		g->later = xgrow(
		    g->later, g->nlater, &g->later_cap, sizeof(*g->later));
		g->later[g->nlater++] =
		    (struct later){r->conn, json_incref(r->id)};
	} else if (strcmp(r->method, "wrong") == 0) {
		err_set(&e, ERR_BAD_RATING, "rating", "from 1 to 7");
		net_answer_error(g->net, r->conn, g->ticket, r->id, &e);
	} else if (strcmp(r->method, "big") == 0 ||
		   strcmp(r->method, "note") == 0) {
		net_answer(
		    g->net, r->conn, g->ticket, r->id, rig_big(r->params));
		if (r->method[0] == 'n')
			net_notify(g->net, r->conn, "\"note\"", 6);
	} else {
		if (strcmp(r->method, "trust") == 0)
			net_trust(g->net, r->conn);
		net_answer(
		    g->net, r->conn, g->ticket, r->id, json_incref(r->params));
		if (strcmp(r->method, "quit") == 0)
			net_close(g->net, r->conn, 1000);
	}
	return NET_DONE;
}

static void
rig_closed_cb(uint64_t conn, void *arg)
{
	struct rig *g = arg;

	assert_int_not_equal(conn, 0);
	g->closed++;
}

static void
rig_drained_cb(uint64_t conn, void *arg)
{
	struct rig *g = arg;

	assert_int_not_equal(conn, 0);
	g->drained++;
}

static int64_t
rig_ticket_cb(void *arg)
{
	return ((struct rig *)arg)->ticket;
}

/* l may be NULL: the defaults. */
static struct rig *UNUSED
rig_new(const struct net_limits *l)
{
	static const struct net_callbacks cb = {
	    rig_request_cb, rig_closed_cb, rig_drained_cb, rig_ticket_cb};
	struct rig *g = xcalloc(1, sizeof(*g));
	struct net_limits usual;
	struct err e;

	signal(SIGPIPE, SIG_IGN);
	net_limits_default(&usual);
	g->base = event_base_new();
	g->net = net_new(g->base, l == NULL ? &usual : l, &cb, g);
	g->release = true;
	snprintf(g->dir, sizeof(g->dir), "/tmp/net-XXXXXX");
	assert_non_null(mkdtemp(g->dir));
	snprintf(g->path, sizeof(g->path), "%s/s", g->dir);
	assert_int_equal(net_listen_unix(g->net, g->path, 0600, &e), 0);
	return g;
}

static void UNUSED
rig_free(struct rig *g)
{
	size_t i;

	net_free(g->net);
	event_base_free(g->base);
	for (i = 0; i < g->nlater; i++)
		json_decref(g->later[i].id);
	free(g->later);
	free(g->order);
	assert_int_equal(rmdir(g->dir), 0);
	free(g);
}

/* One turn of the loop as the daemon does it. */
static void UNUSED
rig_turn(struct rig *g)
{
	event_base_loop(g->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	if (g->release)
		net_release(g->net, g->ticket);
	net_reap(g->net);
}

static void UNUSED
rig_turns(struct rig *g, int n)
{
	while (n-- > 0)
		rig_turn(g);
}

static int64_t UNUSED
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Turns until the condition holds; fails the test after PATIENCE_MS. */
#define RIG_UNTIL(g, cond)                                                     \
	do {                                                                   \
		int64_t until_ = now_ms() + PATIENCE_MS;                       \
		while (!(cond)) {                                              \
			if (now_ms() > until_)                                 \
				fail_msg("never: %s", #cond);                  \
			rig_turn(g);                                           \
		}                                                              \
	} while (0)

static struct net_stats UNUSED
rig_stats(const struct rig *g)
{
	struct net_stats s;

	net_stats(g->net, &s);
	return s;
}

/* ---- clients: blocking in appearance, turning the loop meanwhile ---- */

struct client {
	int fd;
	struct buf in;
	size_t at; /* bytes of in already given out */
};

static int UNUSED
rig_connect_fd(const struct rig *g)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", g->path);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static struct client UNUSED
rig_connect(struct rig *g)
{
	struct client c = {.fd = rig_connect_fd(g)};
	int64_t before = rig_stats(g).accepted + rig_stats(g).refused;

	RIG_UNTIL(g, rig_stats(g).accepted + rig_stats(g).refused > before);
	return c;
}

static void UNUSED
client_close(struct client *c)
{
	close(c->fd);
	buf_free(&c->in);
}

static void UNUSED
client_bytes(struct rig *g, struct client *c, const void *p, size_t len)
{
	const char *at = p;
	int64_t until = now_ms() + PATIENCE_MS;

	while (len > 0) {
		ssize_t n = send(c->fd, at, len, MSG_NOSIGNAL);

		if (n > 0) {
			at += n;
			len -= (size_t)n;
			continue;
		}
		assert_true(errno == EAGAIN);
		assert_true(now_ms() < until);
		rig_turn(g);
	}
}

static void UNUSED
client_send(struct rig *g, struct client *c, const char *s)
{
	client_bytes(g, c, s, strlen(s));
}

/* Reads what is there.  False at the end of input. */
static bool UNUSED
client_read(struct client *c)
{
	char bytes[65536];
	ssize_t n;

	while ((n = recv(c->fd, bytes, sizeof(bytes), 0)) > 0)
		buf_add(&c->in, bytes, (size_t)n);
	return n < 0 && errno == EAGAIN;
}

/* The next line without newline, or NULL at the end of input.  Valid until
 * the next call. */
static const char *UNUSED
client_line(struct rig *g, struct client *c)
{
	int64_t until = now_ms() + PATIENCE_MS;
	bool open = true;
	char *line, *end;

	for (;;) {
		line = c->in.data == NULL ? NULL : c->in.data + c->at;
		end = line == NULL ? NULL : strchr(line, '\n');
		if (end != NULL) {
			*end = '\0';
			c->at += (size_t)(end - line) + 1;
			return line;
		}
		if (!open)
			return NULL;
		/* strchr above wants the unread part alone */
		if (c->at > 0) {
			memmove(c->in.data, c->in.data + c->at,
			    c->in.len - c->at + 1);
			c->in.len -= c->at;
			c->at = 0;
		}
		if (now_ms() > until)
			fail_msg("no line came");
		rig_turn(g);
		open = client_read(c);
	}
}

static void UNUSED
expect(struct rig *g, struct client *c, const char *line)
{
	const char *got = client_line(g, c);

	assert_non_null(got);
	assert_string_equal(got, line);
}

static void UNUSED
expect_end(struct rig *g, struct client *c)
{
	const char *got = client_line(g, c);

	if (got != NULL)
		fail_msg("expected the end, got %s", got);
}

/* An error line with that id (as JSON), name and field ("" for none). */
static void UNUSED
expect_error(struct rig *g, struct client *c, const char *id, int code,
    const char *name, const char *field)
{
	const char *got = client_line(g, c), *f;
	json_t *v, *e, *d;
	char *shown;

	assert_non_null(got);
	v = json_loads(got, 0, NULL);
	assert_non_null(v);
	shown = json_dumps(json_object_get(v, "id"), JSON_ENCODE_ANY);
	assert_string_equal(shown, id);
	free(shown);
	e = json_object_get(v, "error");
	d = json_object_get(e, "data");
	assert_int_equal(json_integer_value(json_object_get(e, "code")), code);
	assert_true(json_string_length(json_object_get(e, "message")) > 0);
	assert_string_equal(
	    json_string_value(json_object_get(d, "name")), name);
	f = json_string_value(json_object_get(d, "field"));
	assert_string_equal(f == NULL ? "" : f, field);
	json_decref(v);
}

#endif
