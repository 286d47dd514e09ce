#include "net/conn.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/rpc.h"

/* Input kept while requests have to wait: more would only move the queue
 * from the kernel to us. */
#define READ_AHEAD ((size_t)16384)
/* From here on bytes are handed over instead of copied. */
#define BIG ((size_t)16384)
/* A turn's writing to one slow reader. */
#define WRITE_MAX	      ((size_t)262144)
#define LINE_TIMEOUT_GRACE_MS 2000

static void read_cb(struct bufferevent *bev, void *arg);
static void write_cb(struct bufferevent *bev, void *arg);
static void event_cb(struct bufferevent *bev, short what, void *arg);

void
conn_new(struct net *n, int fd, bool local)
{
	struct conn *c = xcalloc(1, sizeof(*c));
	struct ucred peer;
	socklen_t len = sizeof(peer);

	c->net = n;
	c->id = ++n->last_id;
	c->fd = fd;
	c->local = local;
	c->uid = (uid_t)-1;
	if (local && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0)
		c->uid = peer.uid;
	c->bev = bufferevent_socket_new(n->base, fd, BEV_OPT_DEFER_CALLBACKS);
	if (c->bev == NULL)
		log_fatal("out of memory: connection");
	bufferevent_setcb(c->bev, read_cb, write_cb, event_cb, c);
	/* write_cb after each write, not only when all is gone. */
	bufferevent_setwatermark(c->bev, EV_WRITE, SIZE_MAX, 0);
	bufferevent_set_max_single_write(c->bev, WRITE_MAX);
	bufferevent_disable(c->bev, EV_WRITE);
	bufferevent_enable(c->bev, EV_READ);
	c->reading = true;
	net_table_add(n, c);
	n->stats.connections++;
	n->stats.accepted++;
}

static size_t
conn_line_limit(const struct conn *c)
{
	return c->trusted ? c->net->limits.line_after
			  : c->net->limits.line_before;
}

static struct evbuffer *
input(const struct conn *c)
{
	return bufferevent_get_input(c->bev);
}

static struct evbuffer *
output(const struct conn *c)
{
	return bufferevent_get_output(c->bev);
}

/* ---- what is counted, and what waits where ---- */

static void
conn_count(struct conn *c)
{
	struct net *n = c->net;
	size_t now = c->state == CONN_DEAD
			 ? 0
			 : c->ring.bytes + evbuffer_get_length(output(c));
	bool less = now < c->held;

	n->held += now - c->held;
	c->held = now;
	if (n->held > n->limits.output_total)
		n->over = true;
	else if (n->over && n->held <= n->limits.output_total / 8 * 7)
		n->over = false;
	if (less && !n->over && !TAILQ_EMPTY(&n->squeezed))
		net_wake(n);
}

#define LIST_ADD(c, list)                                                      \
	do {                                                                   \
		if (!(c)->in_##list) {                                         \
			TAILQ_INSERT_TAIL(&(c)->net->list, c, list);           \
			(c)->in_##list = true;                                 \
		}                                                              \
	} while (0)

#define LIST_DROP(c, list)                                                     \
	do {                                                                   \
		if ((c)->in_##list) {                                          \
			TAILQ_REMOVE(&(c)->net->list, c, list);                \
			(c)->in_##list = false;                                \
		}                                                              \
	} while (0)

static void
conn_queue(struct conn *c)
{
	if (c->in_run)
		return;
	LIST_ADD(c, run);
	c->net->run_count++;
	net_wake(c->net);
}

static void
conn_unqueue(struct conn *c)
{
	if (!c->in_run)
		return;
	LIST_DROP(c, run);
	c->net->run_count--;
}

static void
conn_dirty(struct conn *c)
{
	LIST_ADD(c, dirty);
	net_wake(c->net);
}

/* ---- state ---- */

static void
conn_die(struct conn *c)
{
	conn_count(c);
	conn_unqueue(c);
	LIST_DROP(c, dirty);
	LIST_DROP(c, ready);
	LIST_DROP(c, squeezed);
	LIST_DROP(c, begun);
	LIST_DROP(c, stuck);
	bufferevent_setcb(c->bev, NULL, NULL, NULL, NULL);
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	SLIST_INSERT_HEAD(&c->net->dead, c, dead);
	net_wake(c->net);
}

void
conn_set_state(struct conn *c, enum conn_state state)
{
	static const bool legal[3][3] = {
	    [CONN_OPEN] = {[CONN_ENDING] = true, [CONN_DEAD] = true},
	    [CONN_ENDING] = {[CONN_DEAD] = true},
	};

	if (!legal[c->state][state])
		log_fatal("connection %ju: state %d after %d", (uintmax_t)c->id,
		    (int)state, (int)c->state);
	c->state = (uint8_t)state;
	if (state == CONN_DEAD)
		conn_die(c);
}

/*
 * What the peer sent and nobody has read would make the kernel answer with a
 * reset, which may overtake our last words.
 */
static void
drain_socket(int fd)
{
	char waste[4096];
	int i;

	for (i = 0; i < 64; i++) {
		if (recv(fd, waste, sizeof(waste), MSG_DONTWAIT) <= 0)
			return;
	}
}

void
conn_free(struct conn *c)
{
	struct net *n = c->net;

	net_table_remove(n, c);
	shutdown(c->fd, SHUT_WR);
	drain_socket(c->fd);
	/* Ours to close: bufferevent_free would do it a loop turn later. */
	close(c->fd);
	bufferevent_free(c->bev);
	if (c->grace != NULL)
		event_free(c->grace);
	frame_clear(&c->frame);
	ring_clear(&c->ring);
	buf_free(&c->parked);
	free(c);
	n->stats.connections--;
}

/* ---- output ---- */

static void
free_cb(const void *p, size_t len, void *arg)
{
	(void)len;
	(void)arg;
	free((void *)p);
}

static void
conn_put(struct conn *c, const void *p, size_t len)
{
	evbuffer_add(output(c), p, len);
	c->net->stats.bytes_out += (int64_t)len;
}

static void
conn_put_take(struct conn *c, char *p, size_t len)
{
	evbuffer_add_reference(output(c), p, len, free_cb, NULL);
	c->net->stats.bytes_out += (int64_t)len;
}

/*
 * Called with the length before; closes a connection whose reader is hopeless.
 * One answer of any size may pass when little was waiting before it: the
 * bound is there for readers that do not read.
 */
static void
conn_check_hard(struct conn *c, size_t before)
{
	const struct net_limits *l = &c->net->limits;

	conn_count(c);
	if (c->state == CONN_DEAD || c->held <= l->output_hard ||
	    before <= l->output_soft)
		return;
	log_info("connection %ju closed: %zu bytes wait for a reader that "
		 "does not read",
	    (uintmax_t)c->id, c->held);
	conn_set_state(c, CONN_DEAD);
}

void
conn_write(struct conn *c, const void *p, size_t len)
{
	size_t before = c->held;

	if (c->state == CONN_DEAD)
		return;
	conn_put(c, p, len);
	conn_dirty(c);
	conn_check_hard(c, before);
}

/* Called when the socket has taken something, or for the first time not. */
static void
conn_watch_output(struct conn *c)
{
	struct net *n = c->net;

	LIST_DROP(c, stuck);
	if (!c->writing || n->limits.stall_ms <= 0)
		return;
	c->stuck_at = net_now_ms();
	LIST_ADD(c, stuck);
	net_arm(n->stuck_timer, n->limits.stall_ms);
}

void
conn_push(struct conn *c)
{
	struct evbuffer *out = output(c);
	int wrote;

	LIST_DROP(c, dirty);
	if (c->state == CONN_DEAD || c->writing ||
	    evbuffer_get_length(out) == 0)
		return;
	/* bufferevents freeze the front of their output for others. */
	evbuffer_unfreeze(out, 1);
	wrote = evbuffer_write(out, c->fd);
	evbuffer_freeze(out, 1);
	if (wrote < 0 && errno != EAGAIN && errno != EINTR) {
		conn_set_state(c, CONN_DEAD);
		return;
	}
	if (evbuffer_get_length(out) > 0) {
		bufferevent_enable(c->bev, EV_WRITE);
		c->writing = true;
		conn_watch_output(c);
	}
	conn_settle(c);
}

static void
write_cb(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	if (c->state == CONN_DEAD)
		return;
	if (c->writing && evbuffer_get_length(output(c)) == 0) {
		bufferevent_disable(bev, EV_WRITE);
		c->writing = false;
	}
	conn_watch_output(c);
	conn_settle(c);
}

/* ---- answers ---- */

/* Moves the first answer, which is ready, to the output. */
static void
conn_move(struct conn *c, const struct answer *a)
{
	const struct err *why = a->own ? NULL : net_failed(c->net, a->ticket);
	struct buf b = {0};

	if (why != NULL) {
		rpc_write_error(&b, a->id, why);
		conn_put(c, b.data, b.len);
		buf_free(&b);
		ring_pop(&c->ring);
	} else if (a->len >= BIG) {
		size_t len = a->len;

		conn_put_take(c, ring_take(&c->ring), len);
	} else {
		conn_put(c, a->bytes, a->len);
		ring_pop(&c->ring);
	}
}

void
conn_flush(struct conn *c)
{
	struct ring *r = &c->ring;
	bool moved = false;

	while (c->state != CONN_DEAD && ring_count(r) > 0) {
		struct answer *a = ring_at(r, r->head);

		if (a->bytes == NULL || a->ticket > c->net->released)
			break;
		conn_move(c, a);
		moved = true;
	}
	if (r->ready == 0)
		LIST_DROP(c, ready);
	if (!moved)
		return;
	conn_count(c);
	conn_dirty(c);
	conn_settle(c);
}

void
conn_give(struct conn *c, uint32_t number, int64_t ticket)
{
	struct net *n = c->net;
	struct buf *b = &n->scratch;
	struct ring *r = &c->ring;
	size_t before = c->held;

	if (number == r->head && ticket <= n->released && b->len < BIG) {
		/* Nothing to wait for: never stored, never copied again. */
		conn_put(c, b->data, b->len);
		ring_pop(r);
		conn_dirty(c);
	} else {
		size_t len = b->len;

		ring_give(r, number, ticket,
		    len < BIG ? xmemdup(b->data, len) : buf_take(b), len);
		LIST_ADD(c, ready);
	}
	conn_check_hard(c, before);
	if (c->state == CONN_DEAD || c->busy)
		return;
	if (r->ready > 0)
		conn_flush(c);
	conn_settle(c);
}

void
conn_give_error(struct conn *c, json_t *id, const struct err *e)
{
	struct net *n = c->net;
	int64_t ticket =
	    n->cb.ticket == NULL ? n->released : n->cb.ticket(n->arg);
	uint32_t number = ring_push(&c->ring, id);

	n->stats.errors++;
	ring_at(&c->ring, number)->own = true;
	buf_reset(&n->scratch);
	rpc_write_error(&n->scratch, id, e);
	conn_give(c, number, ticket);
}

/* ---- requests ---- */

/* What makes later lines wait. */
static bool
conn_blocked(const struct conn *c)
{
	return (c->parked.len > 0 && !c->unparked) || c->over ||
	       c->in_squeezed ||
	       ring_count(&c->ring) >= c->net->limits.pending_max;
}

void
conn_measure(struct conn *c)
{
	const struct net_limits *l = &c->net->limits;

	conn_count(c);
	if (c->held > l->output_soft)
		c->over = true;
	else if (c->held <= l->output_soft / 2)
		c->over = false;
	if (c->held > 0 && c->net->over)
		LIST_ADD(c, squeezed);
	else
		LIST_DROP(c, squeezed);
	if (c->refused && !c->over && !c->in_squeezed) {
		c->refused = false;
		c->owed = true;
	}
}

static void
conn_offer(struct conn *c, const char *line, size_t len)
{
	struct net *n = c->net;
	struct rpc_message m;
	struct rpc_request r;
	struct err e;
	uint32_t number = 0;
	enum net_verdict verdict;

	if (rpc_read(&m, line, len, &e) < 0) {
		conn_give_error(c, m.id, &e);
		rpc_message_clear(&m);
		return;
	}
	if (m.id != NULL)
		number = ring_push(&c->ring, m.id);
	r = (struct rpc_request){c->id, m.id, m.method, m.params};
	c->unparked = false;
	n->inside++;
	verdict = n->cb.request(&r, n->arg);
	n->inside--;
	/* Who has answered cannot put off. */
	if (m.id != NULL && !ring_is_open(&c->ring, number))
		verdict = NET_DONE;
	if (verdict == NET_DONE || c->state != CONN_OPEN) {
		n->stats.requests++;
	} else {
		if (m.id != NULL)
			ring_unpush(&c->ring);
		buf_add(&c->parked, line, len);
	}
	rpc_message_clear(&m);
}

static void
conn_too_long(struct conn *c)
{
	struct err e;

	err_set(&e, ERR_LINE_TOO_LONG, NULL,
	    "a line has at most %zu bytes%s; this one was not read",
	    conn_line_limit(c), c->trusted ? "" : " before authentication");
	conn_give_error(c, NULL, &e);
}

static bool
conn_may_take(struct conn *c)
{
	if (c->state != CONN_OPEN)
		return false;
	conn_measure(c);
	return !conn_blocked(c);
}

/* Lines out of one piece of contiguous input, as far as the budget goes. */
static void
conn_piece(struct conn *c, const char *p, size_t *left, int *budget)
{
	const char *line;
	size_t len;

	while (*left > 0 && *budget > 0 && conn_may_take(c)) {
		enum frame_got got = frame_next(
		    &c->frame, &p, left, conn_line_limit(c), &line, &len);

		if (got == FRAME_MORE)
			return;
		--*budget;
		if (got == FRAME_TOO_LONG) {
			conn_too_long(c);
			continue;
		}
		/* The next line's time starts anew. */
		LIST_DROP(c, begun);
		conn_offer(c, line, len);
	}
}

static void
conn_lines(struct conn *c, int *budget)
{
	struct evbuffer_iovec v;

	while (*budget > 0 && conn_may_take(c) &&
	       evbuffer_peek(input(c), -1, NULL, &v, 1) > 0 && v.iov_len > 0) {
		size_t left = v.iov_len;

		conn_piece(c, v.iov_base, &left, budget);
		c->net->stats.bytes_in += (int64_t)(v.iov_len - left);
		evbuffer_drain(input(c), v.iov_len - left);
	}
}

/* The peer has ended: what it sent is answered, even without a last \n. */
static void
conn_last_line(struct conn *c)
{
	const char *line;
	size_t len;

	if (!conn_may_take(c) || c->parked.len > 0 ||
	    evbuffer_get_length(input(c)) > 0)
		return;
	if (frame_rest(&c->frame, &line, &len) == FRAME_LINE)
		conn_offer(c, line, len);
	if (c->state == CONN_OPEN && c->parked.len == 0)
		conn_set_state(c, CONN_ENDING);
}

static void
conn_pay(struct conn *c)
{
	struct net *n = c->net;

	if (!c->owed)
		return;
	c->owed = false;
	if (n->cb.drained == NULL)
		return;
	n->inside++;
	n->cb.drained(c->id, n->arg);
	n->inside--;
}

void
conn_run(struct conn *c)
{
	int budget = c->net->limits.lines_per_turn;

	if (c->state == CONN_DEAD)
		return;
	conn_unqueue(c);
	c->turn = c->net->turn;
	c->busy = true;
	conn_pay(c);
	if (c->parked.len > 0 && conn_may_take(c)) {
		struct buf line = c->parked;

		c->parked = (struct buf){0};
		budget--;
		conn_offer(c, line.data, line.len);
		buf_free(&line);
	}
	conn_lines(c, &budget);
	if (c->eof && budget > 0)
		conn_last_line(c);
	c->busy = false;
	conn_flush(c);
	if (c->state != CONN_DEAD)
		conn_settle(c);
}

/* ---- reading on and off ---- */

static void
conn_set_reading(struct conn *c, bool on)
{
	if (c->reading == on || (on && c->eof))
		return;
	c->reading = on;
	if (on)
		bufferevent_enable(c->bev, EV_READ);
	else
		bufferevent_disable(c->bev, EV_READ);
}

/* Only a peer whose words are taken is to blame for not ending a line. */
static void
conn_watch_line(struct conn *c)
{
	struct net *n = c->net;

	if (n->limits.idle_ms <= 0)
		return;
	if (!c->reading || !frame_begun(&c->frame)) {
		LIST_DROP(c, begun);
		return;
	}
	if (c->in_begun)
		return;
	c->begun_at = net_now_ms();
	LIST_ADD(c, begun);
	net_arm(n->begun_timer, n->limits.idle_ms);
}

void
conn_settle(struct conn *c)
{
	bool blocked, more;
	size_t waiting;

	if (c->state == CONN_DEAD || c->busy)
		return;
	conn_measure(c);
	if (c->owed)
		conn_queue(c);
	if (c->state == CONN_ENDING) {
		conn_set_reading(c, false);
		LIST_DROP(c, begun);
		if (c->held == 0 && ring_count(&c->ring) == 0)
			conn_set_state(c, CONN_DEAD);
		return;
	}
	blocked = conn_blocked(c);
	waiting = evbuffer_get_length(input(c));
	more = waiting > 0 || c->eof || c->parked.len > 0;
	if (more && !blocked)
		conn_queue(c);
	conn_set_reading(
	    c, !c->over && !c->in_squeezed && (!more || waiting < READ_AHEAD));
	conn_watch_line(c);
}

void
conn_line_timeout(struct conn *c)
{
	struct err e;

	err_set(&e, ERR_LIMIT_REACHED, NULL,
	    "a line was begun and not ended within %d ms; the connection "
	    "closes",
	    c->net->limits.idle_ms);
	LIST_DROP(c, begun);
	conn_give_error(c, NULL, &e);
	net_close(c->net, c->id, LINE_TIMEOUT_GRACE_MS);
}

void
conn_stall_timeout(struct conn *c)
{
	log_info("connection %ju closed: nothing read for %d ms",
	    (uintmax_t)c->id, c->net->limits.stall_ms);
	conn_set_state(c, CONN_DEAD);
}

/* ---- libevent ---- */

static void
read_cb(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->state == CONN_DEAD)
		return;
	/* Whoever waits for a turn gets it from the run queue, not by sending
	 * more. */
	if (c->in_run || c->turn == c->net->turn)
		conn_settle(c);
	else
		conn_run(c);
}

static void
event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->state == CONN_DEAD)
		return;
	if (what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) {
		conn_set_state(c, CONN_DEAD);
		return;
	}
	if (what & BEV_EVENT_EOF) {
		c->eof = true;
		c->reading = false; /* libevent has turned it off */
		conn_settle(c);
	}
}
