#include "llm/llm.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "base/mem.h"
#include "llm/transport.h"

/* An endpoint with those who wait for it. */
struct lane {
	struct endpoint *e;
	TAILQ_HEAD(, request) waiting;
	size_t nwaiting, running;
	TAILQ_ENTRY(lane) next;
};

enum request_state { WAITING, RUNNING, ENDED };
struct request {
	uint64_t id;
	enum request_state state;
	struct lane *lane;
	char *body;		   /* while it waits */
	struct transfer *transfer; /* while it runs */
	struct answer answer;
	RB_ENTRY(request) entry;
	TAILQ_ENTRY(request) next; /* of the lane's waiting, or of ended */
};

RB_HEAD(request_tree, request);
struct llm {
	struct event_base *base;
	llm_answer_fn *fn;
	void *arg;
	struct transport *transport;
	struct event *step;
	struct endpoint *offline;
	TAILQ_HEAD(, lane) lanes;
	struct request_tree requests;
	TAILQ_HEAD(, request) ended;
	uint64_t ids;
};

static int
request_cmp(struct request *a, struct request *b)
{
	return (a->id > b->id) - (a->id < b->id);
}
RB_PROTOTYPE(request_tree, request, entry, request_cmp)
RB_GENERATE(request_tree, request, entry, request_cmp)

/* All that is done to requests is done in the step, behind everybody's
 * callbacks. */
static void
wake(struct llm *l)
{
	event_active(l->step, EV_TIMEOUT, 0);
}

/* ---- one request ---- */

/* Off every list: from here on nobody finds it. */
static void
request_take(struct llm *l, struct request *r)
{
	if (r->state == WAITING) {
		TAILQ_REMOVE(&r->lane->waiting, r, next);
		r->lane->nwaiting--;
	} else if (r->state == RUNNING) {
		transport_cancel(l->transport, r->transfer);
		r->lane->running--;
	} else
		TAILQ_REMOVE(&l->ended, r, next);
	RB_REMOVE(request_tree, &l->requests, r);
}

static void
request_free(struct request *r)
{
	answer_clear(&r->answer);
	free(r->body);
	free(r);
}

static void
request_end(struct llm *l, struct request *r)
{
	r->state = ENDED;
	TAILQ_INSERT_TAIL(&l->ended, r, next);
	wake(l);
}

static void
request_start(struct llm *l, struct request *r)
{
	struct lane *lane = r->lane;

	TAILQ_REMOVE(&lane->waiting, r, next);
	lane->nwaiting--;
	lane->running++;
	r->state = RUNNING;
	r->transfer = transport_post(l->transport, lane->e, r->body, r);
	r->body = NULL;
}

static void
done_cb(void *owner, struct answer *a, void *arg)
{
	struct request *r = owner;
	struct llm *l = arg;

	r->transfer = NULL;
	r->lane->running--;
	r->answer = *a;
	a->text = NULL;
	request_end(l, r);
}

/* ---- the step ---- */

static void
admit_waiting(struct llm *l)
{
	struct lane *lane;

	TAILQ_FOREACH(lane, &l->lanes, next)
		while (!TAILQ_EMPTY(&lane->waiting) &&
		       lane->running < (size_t)lane->e->window)
			request_start(l, TAILQ_FIRST(&lane->waiting));
}

static void
tell_ended(struct llm *l)
{
	struct request *r;

	while ((r = TAILQ_FIRST(&l->ended)) != NULL) {
		request_take(l, r);
		l->fn(r->id, &r->answer, l->arg);
		request_free(r);
	}
}

static void
step_cb(evutil_socket_t fd, short what, void *arg)
{
	struct llm *l = arg;

	(void)fd;
	(void)what;
	tell_ended(l);
	admit_waiting(l);
}

/* ---- for the owner ---- */

struct llm *
llm_new(struct event_base *base, llm_answer_fn *fn, void *arg)
{
	struct llm *l = xcalloc(1, sizeof(*l));

	l->base = base;
	l->fn = fn;
	l->arg = arg;
	TAILQ_INIT(&l->lanes);
	TAILQ_INIT(&l->ended);
	RB_INIT(&l->requests);
	l->step = event_new(base, -1, 0, step_cb, l);
	l->offline = endpoint_offline();
	l->transport = transport_new(base, done_cb, l);
	return l;
}

static struct lane *
lane_find(const struct llm *l, const char *name)
{
	struct lane *lane;

	TAILQ_FOREACH(lane, &l->lanes, next)
		if (strcmp(lane->e->name, name) == 0)
			return lane;
	return NULL;
}

int
llm_add(struct llm *l, struct endpoint *e, struct err *err)
{
	struct lane *lane;

	if (lane_find(l, e->name) != NULL) {
		err_set(err, ERR_BAD_SETTING, "endpoint",
		    "there are two endpoints called %s", e->name);
		endpoint_free(e);
		return -1;
	}
	lane = xcalloc(1, sizeof(*lane));
	lane->e = e;
	TAILQ_INIT(&lane->waiting);
	TAILQ_INSERT_TAIL(&l->lanes, lane, next);
	return 0;
}

const struct endpoint *
llm_find(const struct llm *l, const char *name)
{
	const struct lane *lane;

	if (strcmp(name, ENDPOINT_OFFLINE) == 0)
		return l->offline;
	lane = lane_find(l, name);
	return lane != NULL ? lane->e : NULL;
}

const struct endpoint *
llm_nth(const struct llm *l, size_t n)
{
	const struct lane *lane;

	TAILQ_FOREACH(lane, &l->lanes, next)
		if (n-- == 0)
			return lane->e;
	return NULL;
}

uint64_t
llm_send(struct llm *l, const struct endpoint *e, const struct prompt *p)
{
	struct request *r = xcalloc(1, sizeof(*r));

	r->id = ++l->ids;
	r->lane = lane_find(l, e->name);
	answer_init(&r->answer);
	RB_INSERT(request_tree, &l->requests, r);
	if (r->lane->nwaiting >= (size_t)e->queue) {
		r->answer.outcome = OUTCOME_RATE;
		r->answer.why = "queue_full";
		request_end(l, r);
	} else {
		r->body = provider_body(e, p);
		TAILQ_INSERT_TAIL(&r->lane->waiting, r, next);
		r->lane->nwaiting++;
	}
	wake(l);
	return r->id;
}

void
llm_cancel(struct llm *l, uint64_t id)
{
	struct request key = {.id = id}, *r;

	r = RB_FIND(request_tree, &l->requests, &key);
	if (r == NULL)
		return;
	request_take(l, r);
	request_free(r);
	wake(l);
}

void
llm_load(const struct llm *l, const char *endpoint, struct llm_load *out)
{
	const struct lane *lane = lane_find(l, endpoint);

	out->waiting = lane != NULL ? lane->nwaiting : 0;
	out->running = lane != NULL ? lane->running : 0;
}

void
llm_free(struct llm *l)
{
	struct request *r;
	struct lane *lane;

	if (l == NULL)
		return;
	while ((r = RB_MIN(request_tree, &l->requests)) != NULL) {
		request_take(l, r);
		request_free(r);
	}
	transport_free(l->transport);
	while ((lane = TAILQ_FIRST(&l->lanes)) != NULL) {
		TAILQ_REMOVE(&l->lanes, lane, next);
		endpoint_free(lane->e);
		free(lane);
	}
	endpoint_free(l->offline);
	event_free(l->step);
	free(l);
}
