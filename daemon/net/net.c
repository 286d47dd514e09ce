#include "net/net.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/conn.h"
#include "net/rpc.h"

#define BUCKETS_MIN 64

void
net_limits_default(struct net_limits *l)
{
	*l = (struct net_limits){
	    .line_before = 8 << 10,
	    .line_after = 1 << 20,
	    .output_soft = 1 << 20,
	    .output_hard = 8 << 20,
	    .output_total = 256 << 20,
	    .pending_max = 1024,
	    .lines_per_turn = 20,
	    .connections_max = 10000,
	    .idle_ms = 30000,
	    .stall_ms = 300000,
	    .backlog = 1024,
	};
}

int64_t
net_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- connections by id: a hash table, for ids run up by one ---- */

static struct conn **
bucket(const struct net *n, uint64_t id)
{
	return &n->table[id & (n->buckets - 1)];
}

static void
table_grow(struct net *n)
{
	struct conn **old = n->table, *c;
	size_t i, buckets = n->buckets;

	n->buckets = buckets * 2;
	n->table = xcalloc(n->buckets, sizeof(struct conn *));
	for (i = 0; i < buckets; i++) {
		while ((c = old[i]) != NULL) {
			old[i] = c->chain;
			c->chain = *bucket(n, c->id);
			*bucket(n, c->id) = c;
		}
	}
	free(old);
}

void
net_table_add(struct net *n, struct conn *c)
{
	if ((size_t)n->stats.connections >= n->buckets)
		table_grow(n);
	c->chain = *bucket(n, c->id);
	*bucket(n, c->id) = c;
}

void
net_table_remove(struct net *n, const struct conn *c)
{
	struct conn **p = bucket(n, c->id);

	while (*p != c)
		p = &(*p)->chain;
	*p = c->chain;
}

struct conn *
net_conn(const struct net *n, uint64_t id)
{
	struct conn *c = *bucket(n, id);

	while (c != NULL && c->id != id)
		c = c->chain;
	return c == NULL || c->state == CONN_DEAD ? NULL : c;
}

/* ---- the run queue ---- */

void
net_wake(struct net *n)
{
	static const struct timeval now = {0, 0};

	/* A timer, not an active event: between two rounds the loop polls, so
	 * that the others get their turn. */
	if (!event_pending(n->run_timer, EV_TIMEOUT, NULL))
		event_add(n->run_timer, &now);
}

static void
push_all(struct net *n)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&n->dirty)) != NULL)
		conn_push(c);
}

static void
run_cb(evutil_socket_t fd, short what, void *arg)
{
	struct net *n = arg;
	struct conn *c;
	size_t turns;

	(void)fd;
	(void)what;
	n->turn++;
	while (!n->over && (c = TAILQ_FIRST(&n->squeezed)) != NULL)
		conn_settle(c);
	/* Those that queue again have their turn after the next poll. */
	for (turns = n->run_count; turns > 0; turns--) {
		if ((c = TAILQ_FIRST(&n->run)) == NULL)
			break;
		conn_run(c);
	}
	/* For an owner that does not reap after each turn. */
	push_all(n);
	if (!TAILQ_EMPTY(&n->run))
		net_wake(n);
}

void
net_arm(struct event *timer, int64_t ms)
{
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	if (!event_pending(timer, EV_TIMEOUT, NULL))
		event_add(timer, &tv);
}

/* Lists of who waits since when are in order of time: the first is due
 * first, and one timer serves all. */
static bool
due(struct event *timer, int64_t since, int ms)
{
	int64_t left = since + ms - net_now_ms();

	if (left > 0)
		net_arm(timer, left);
	return left <= 0;
}

static void
begun_cb(evutil_socket_t fd, short what, void *arg)
{
	struct net *n = arg;
	struct conn *c;

	(void)fd;
	(void)what;
	while ((c = TAILQ_FIRST(&n->begun)) != NULL &&
	       due(n->begun_timer, c->begun_at, n->limits.idle_ms))
		conn_line_timeout(c);
}

static void
stuck_cb(evutil_socket_t fd, short what, void *arg)
{
	struct net *n = arg;
	struct conn *c;

	(void)fd;
	(void)what;
	while ((c = TAILQ_FIRST(&n->stuck)) != NULL &&
	       due(n->stuck_timer, c->stuck_at, n->limits.stall_ms))
		conn_stall_timeout(c);
}

static void
accept_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	net_accept_again(arg);
}

/* ---- the hub ---- */

static struct event *
timer_new(struct net *n, event_callback_fn cb)
{
	struct event *e = event_new(n->base, -1, 0, cb, n);

	if (e == NULL)
		log_fatal("out of memory: timer");
	return e;
}

void
net_set_limits(struct net *n, const struct net_limits *l)
{
	n->limits = *l;
	if (n->limits.lines_per_turn < 1)
		n->limits.lines_per_turn = 1;
	if (n->limits.pending_max < 1)
		n->limits.pending_max = 1;
}

struct net *
net_new(struct event_base *base, const struct net_limits *l,
    const struct net_callbacks *cb, void *arg)
{
	struct net *n = xcalloc(1, sizeof(*n));

	n->base = base;
	net_set_limits(n, l);
	n->cb = *cb;
	n->arg = arg;
	n->turn = 1;
	n->buckets = BUCKETS_MIN;
	n->table = xcalloc(n->buckets, sizeof(struct conn *));
	TAILQ_INIT(&n->run);
	TAILQ_INIT(&n->dirty);
	TAILQ_INIT(&n->ready);
	TAILQ_INIT(&n->squeezed);
	TAILQ_INIT(&n->begun);
	TAILQ_INIT(&n->stuck);
	n->accept_timer = timer_new(n, accept_cb);
	n->run_timer = timer_new(n, run_cb);
	n->begun_timer = timer_new(n, begun_cb);
	n->stuck_timer = timer_new(n, stuck_cb);
	return n;
}

static void
kill_all(struct net *n)
{
	struct conn *c;
	size_t i;

	for (i = 0; i < n->buckets; i++) {
		for (c = n->table[i]; c != NULL; c = c->chain) {
			if (c->state != CONN_DEAD)
				conn_set_state(c, CONN_DEAD);
		}
	}
}

void
net_free(struct net *n)
{
	if (n == NULL)
		return;
	net_stop_listening(n);
	push_all(n);
	kill_all(n);
	net_reap(n);
	event_free(n->accept_timer);
	event_free(n->run_timer);
	event_free(n->begun_timer);
	event_free(n->stuck_timer);
	buf_free(&n->scratch);
	free(n->failed);
	free(n->reasons);
	free(n->table);
	free(n);
}

/* What the owner does in `closed` may make more to push and to reap. */
void
net_reap(struct net *n)
{
	struct conn *c;
	bool freed = false;

	if (n->inside > 0)
		log_fatal("net_reap or net_free inside a callback of net");
	n->turn++;
	push_all(n);
	while ((c = SLIST_FIRST(&n->dead)) != NULL) {
		SLIST_REMOVE_HEAD(&n->dead, dead);
		if (n->cb.closed != NULL) {
			n->inside++;
			n->cb.closed(c->id, n->arg);
			n->inside--;
		}
		conn_free(c);
		freed = true;
		push_all(n);
	}
	if (freed)
		net_accept_again(n);
	if (TAILQ_EMPTY(&n->run) && (n->over || TAILQ_EMPTY(&n->squeezed)))
		event_del(n->run_timer);
}

void
net_stats(const struct net *n, struct net_stats *s)
{
	*s = n->stats;
	s->waiting_bytes = (int64_t)n->held;
}

/* ---- one connection, by id ---- */

static void
format_address(const struct sockaddr_storage *ss, char *out, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "?";
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;

	if (ss->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(out, size, "[%s]:%d", host, (int)ntohs(v6->sin6_port));
	} else if (ss->ss_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(out, size, "%s:%d", host, (int)ntohs(v4->sin_port));
	} else {
		snprintf(out, size, "?");
	}
}

bool
net_peer(const struct net *n, uint64_t conn, struct net_peer *p)
{
	const struct conn *c = net_conn(n, conn);
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);

	*p = (struct net_peer){.uid = (uid_t)-1};
	if (c == NULL)
		return false;
	p->local = c->local;
	p->uid = c->uid;
	if (c->local) {
		snprintf(p->address, sizeof(p->address), "unix");
		return true;
	}
	getpeername(c->fd, (struct sockaddr *)&ss, &len);
	format_address(&ss, p->address, sizeof(p->address));
	return true;
}

void
net_trust(struct net *n, uint64_t conn)
{
	struct conn *c = net_conn(n, conn);

	if (c != NULL)
		c->trusted = true;
}

/* The connection and the place that an answer to id has, if any. */
static struct conn *
answer_place(struct net *n, uint64_t conn, const json_t *id, uint32_t *number)
{
	struct conn *c = net_conn(n, conn);

	if (c == NULL || id == NULL || !ring_find(&c->ring, id, number))
		return NULL;
	buf_reset(&n->scratch);
	return c;
}

void
net_answer(struct net *n, uint64_t conn, int64_t ticket, const json_t *id,
    json_t *result)
{
	uint32_t number;
	struct conn *c = answer_place(n, conn, id, &number);

	if (c != NULL) {
		rpc_write_result(&n->scratch, id, result);
		conn_give(c, number, ticket);
	}
	json_decref(result);
}

void
net_answer_text(struct net *n, uint64_t conn, int64_t ticket, const json_t *id,
    const char *result, size_t len)
{
	uint32_t number;
	struct conn *c = answer_place(n, conn, id, &number);

	if (c == NULL)
		return;
	rpc_write_text(&n->scratch, id, result, len);
	conn_give(c, number, ticket);
}

void
net_answer_error(struct net *n, uint64_t conn, int64_t ticket, const json_t *id,
    const struct err *e)
{
	uint32_t number;
	struct conn *c = answer_place(n, conn, id, &number);

	if (c == NULL)
		return;
	n->stats.errors++;
	rpc_write_error(&n->scratch, id, e);
	conn_give(c, number, ticket);
}

bool
net_notify(struct net *n, uint64_t conn, const char *line, size_t len)
{
	struct conn *c = net_conn(n, conn);

	if (c == NULL || c->state != CONN_OPEN)
		return false;
	conn_measure(c);
	if (c->over || c->in_squeezed) {
		if (!c->refused)
			n->stats.lagged++;
		c->refused = true;
		conn_settle(c);
		return false;
	}
	net_notify_always(n, conn, line, len);
	return true;
}

void
net_notify_always(struct net *n, uint64_t conn, const char *line, size_t len)
{
	struct conn *c = net_conn(n, conn);

	if (c == NULL || c->state != CONN_OPEN)
		return;
	conn_flush(c);
	conn_write(c, line, len);
	conn_write(c, "\n", 1);
	conn_settle(c);
}

void
net_unpark(struct net *n, uint64_t conn)
{
	struct conn *c = net_conn(n, conn);

	if (c == NULL)
		return;
	c->unparked = true;
	conn_settle(c);
}

static void
grace_cb(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	if (c->state != CONN_DEAD)
		conn_set_state(c, CONN_DEAD);
}

void
net_close(struct net *n, uint64_t conn, int grace_ms)
{
	struct conn *c = net_conn(n, conn);
	struct timeval tv = {grace_ms / 1000, grace_ms % 1000 * 1000};

	if (c == NULL)
		return;
	if (c->state == CONN_OPEN)
		conn_set_state(c, CONN_ENDING);
	buf_free(&c->parked);
	conn_flush(c);
	conn_push(c);
	conn_settle(c);
	if (c->state == CONN_DEAD)
		return;
	if (grace_ms <= 0) {
		conn_set_state(c, CONN_DEAD);
		return;
	}
	if (c->grace == NULL)
		c->grace = event_new(n->base, -1, 0, grace_cb, c);
	if (c->grace == NULL)
		log_fatal("out of memory: timer");
	event_add(c->grace, &tv);
}

/* ---- tickets ---- */

static size_t
reason_of(struct net *n, const struct err *e)
{
	const struct err *last;
	struct err usual;

	if (e == NULL) {
		err_set(&usual, ERR_JOURNAL_UNAVAILABLE, NULL,
		    "this could not be written to the journal and has not "
		    "happened; send it again with the same key");
		e = &usual;
	}
	last = n->nreasons == 0 ? NULL : &n->reasons[n->nreasons - 1];
	if (last != NULL && last->code == e->code &&
	    strcmp(last->field, e->field) == 0 &&
	    strcmp(last->text, e->text) == 0)
		return n->nreasons - 1;
	n->reasons = xgrow(
	    n->reasons, n->nreasons, &n->reasons_cap, sizeof(*n->reasons));
	n->reasons[n->nreasons] = *e;
	return n->nreasons++;
}

/*
 * Only noted here and applied when the answer would leave: a failed commit
 * fails thousands of tickets, and looking at all waiting answers for each
 * would stall the loop.
 */
void
net_fail(struct net *n, int64_t ticket, const struct err *e)
{
	size_t i = n->nfailed;

	if (ticket <= n->released)
		return;
	n->failed =
	    xgrow(n->failed, n->nfailed, &n->failed_cap, sizeof(*n->failed));
	for (; i > 0 && n->failed[i - 1].ticket > ticket; i--)
		n->failed[i] = n->failed[i - 1];
	n->failed[i] = (struct failed_ticket){ticket, reason_of(n, e)};
	n->nfailed++;
}

static int
failed_cmp(const void *key, const void *row)
{
	int64_t ticket = *(const int64_t *)key;
	const struct failed_ticket *f = row;

	return (ticket > f->ticket) - (ticket < f->ticket);
}

const struct err *
net_failed(const struct net *n, int64_t ticket)
{
	const struct failed_ticket *f;

	if (n->nfailed == 0)
		return NULL;
	f = bsearch(
	    &ticket, n->failed, n->nfailed, sizeof(*n->failed), failed_cmp);
	return f == NULL ? NULL : &n->reasons[f->why];
}

static void
forget_failed(struct net *n)
{
	size_t i = 0;

	while (i < n->nfailed && n->failed[i].ticket <= n->released)
		i++;
	if (i == 0)
		return;
	n->nfailed -= i;
	memmove(n->failed, n->failed + i, n->nfailed * sizeof(*n->failed));
	if (n->nfailed > 0)
		return;
	free(n->failed);
	free(n->reasons);
	n->failed = NULL;
	n->reasons = NULL;
	n->failed_cap = n->nreasons = n->reasons_cap = 0;
}

void
net_release(struct net *n, int64_t ticket)
{
	struct conn *c, *next;

	if (ticket < n->released)
		return;
	n->released = ticket;
	TAILQ_FOREACH_SAFE(c, &n->ready, ready, next) {
		conn_flush(c);
	}
	forget_failed(n);
}
