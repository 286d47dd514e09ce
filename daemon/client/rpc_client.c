#include "client/rpc_client.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "net/rpc.h"

#define RETRY_MS 250

struct request {
	TAILQ_ENTRY(request) link;
	int64_t id;
	enum rpc_fate fate;
	char *method;
	json_t *params, *ctx;
	rpc_answer_fn *fn;
	bool sent;
};
TAILQ_HEAD(requests, request);

struct rpc_client {
	struct event_base *base;
	char *path;
	const struct rpc_handler *h;
	void *arg;
	struct bufferevent *bev;
	struct event *retry;
	struct requests waiting;
	int64_t id;
	bool up;
};

static void
forget(struct rpc_client *c, struct request *r)
{
	TAILQ_REMOVE(&c->waiting, r, link);
	json_decref(r->params);
	json_decref(r->ctx);
	free(r->method);
	free(r);
}

static void
transmit(struct rpc_client *c, struct request *r)
{
	struct buf line = {0};

	rpc_write_request(&line, r->id, r->method, r->params);
	bufferevent_write(c->bev, line.data, line.len);
	explicit_bzero(line.data, line.len); /* it may hold a token */
	buf_free(&line);
	r->sent = true;
}

static void
transmit_all(struct rpc_client *c)
{
	struct request *r;

	TAILQ_FOREACH(r, &c->waiting, link)
		if (!r->sent)
			transmit(c, r);
}

void
rpc_client_call(struct rpc_client *c, enum rpc_fate fate, const char *method,
    json_t *params, rpc_answer_fn *fn, json_t *ctx)
{
	struct request *r;

	if (fate == RPC_DROP && !c->up) {
		json_decref(params);
		json_decref(ctx);
		return;
	}
	r = xcalloc(1, sizeof *r);
	r->id = ++c->id;
	r->fate = fate;
	r->method = xstrdup(method);
	r->params = params;
	r->ctx = ctx;
	r->fn = fn;
	TAILQ_INSERT_TAIL(&c->waiting, r, link);
	if (c->up)
		transmit(c, r);
}

static void
later(struct rpc_client *c)
{
	struct timeval wait = {0, RETRY_MS * 1000};

	event_add(c->retry, &wait);
}

/* Asked for patience: the same again. */
static bool
again(const json_t *error)
{
	json_int_t code = json_integer_value(json_object_get(error, "code"));

	return code == err_row(ERR_RATE_LIMITED)->number ||
	       code == err_row(ERR_STALE)->number ||
	       code == err_row(ERR_JOURNAL_UNAVAILABLE)->number ||
	       code == err_row(ERR_SHUTTING_DOWN)->number;
}

static void
take_answer(struct rpc_client *c, const json_t *message)
{
	json_int_t id = json_integer_value(json_object_get(message, "id"));
	const json_t *error = json_object_get(message, "error");
	struct request *r;

	TAILQ_FOREACH(r, &c->waiting, link)
		if (r->id == id)
			break;
	if (r == NULL)
		return;
	if (error != NULL && again(error)) {
		r->sent = false;
		later(c);
		return;
	}
	if (r->fn != NULL)
		r->fn(
		    c->arg, r->ctx, json_object_get(message, "result"), error);
	forget(c, r);
}

static void
read_cb(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct rpc_client *c = arg;
	const char *method;
	json_t *message;
	struct err err;
	char *line;
	size_t len;

	while ((line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF)) != NULL) {
		message = json_read(line, len, &err);
		free(line);
		method = json_string_value(json_object_get(message, "method"));
		if (method != NULL)
			c->h->note(
			    c->arg, method, json_object_get(message, "params"));
		else if (message != NULL)
			take_answer(c, message);
		json_decref(message);
	}
}

static void
lose(struct rpc_client *c)
{
	struct request *r, *next;
	json_t *error;

	c->up = false;
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	for (r = TAILQ_FIRST(&c->waiting); r != NULL; r = next) {
		next = TAILQ_NEXT(r, link);
		if (r->fate == RPC_FAIL && r->sent && r->fn != NULL) {
			error = json_pack("{s:s}", "message",
			    "the daemon went away; see if it was done, and "
			    "else try again");
			r->fn(c->arg, r->ctx, NULL, error);
			json_decref(error);
		}
		if (r->fate == RPC_DROP || (r->fate == RPC_FAIL && r->sent))
			forget(c, r);
		else
			r->sent = false;
	}
	later(c);
}

static void
event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct rpc_client *c = arg;
	struct requests old = TAILQ_HEAD_INITIALIZER(old);

	(void)bev;
	if ((what & BEV_EVENT_CONNECTED) == 0) {
		lose(c);
		return;
	}
	/* Tokens are presented before what waits is sent again. */
	TAILQ_CONCAT(&old, &c->waiting, link);
	c->up = true;
	c->h->up(c->arg);
	TAILQ_CONCAT(&c->waiting, &old, link);
	transmit_all(c);
}

static void
retry_cb(evutil_socket_t fd, short what, void *arg)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct rpc_client *c = arg;

	(void)fd;
	(void)what;
	if (c->up) {
		transmit_all(c);
		return;
	}
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	c->bev = bufferevent_socket_new(
	    c->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	bufferevent_setcb(c->bev, read_cb, NULL, event_cb, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	strlcpy(a.sun_path, c->path, sizeof a.sun_path);
	if (bufferevent_socket_connect(
		c->bev, (struct sockaddr *)&a, sizeof a) == -1)
		later(c);
}

struct rpc_client *
rpc_client_new(struct event_base *base, const char *path,
    const struct rpc_handler *h, void *arg)
{
	struct rpc_client *c = xcalloc(1, sizeof *c);

	c->base = base;
	c->path = xstrdup(path);
	c->h = h;
	c->arg = arg;
	TAILQ_INIT(&c->waiting);
	c->retry = evtimer_new(base, retry_cb, c);
	event_active(c->retry, EV_TIMEOUT, 0);
	return c;
}

void
rpc_client_free(struct rpc_client *c)
{
	if (c == NULL)
		return;
	while (!TAILQ_EMPTY(&c->waiting))
		/* The analyzer loses TAILQ's pointers to pointers.
		 * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		forget(c, TAILQ_FIRST(&c->waiting));
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	event_free(c->retry);
	free(c->path);
	free(c);
}
