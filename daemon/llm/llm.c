#include "llm/llm.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/tree.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "llm/fair.h"
#include "llm/latency.h"
#include "llm/pace.h"
#include "llm/transport.h"

/* An endpoint with those who wait for it. */
struct lane {
	struct endpoint *e;
	struct pace pace;
	struct latency latency;
	struct fair waiting;
	size_t running;
	struct event *later; /* when something may be sent again */
	TAILQ_ENTRY(lane) next;
};

enum request_state { WAITING, RUNNING, ENDED };
struct request {
	uint64_t id;
	enum request_state state;
	struct lane *lane;
	char *body;		   /* while it waits */
	struct capabilities asked; /* what it was written for */
	struct transfer *transfer; /* while it runs */
	uint64_t sent;		   /* RUNNING: in which order */
	bool hurried;		   /* given up when it is a straggler */
	int64_t patience;	   /* RUNNING: ms it is given then; 0: all */
	struct answer answer;
	RB_ENTRY(request) entry;
	struct fair_item place;	   /* WAITING: in the lane's queue */
	TAILQ_ENTRY(request) next; /* ENDED */
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
	uint64_t ids, sent;
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
	fair_remove(&r->lane->waiting, &r->place);
	if (r->state == RUNNING) {
		transport_cancel(l->transport, r->transfer);
		r->lane->running--;
	} else if (r->state == ENDED)
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
	fair_remove(&r->lane->waiting, &r->place);
	r->state = ENDED;
	TAILQ_INSERT_TAIL(&l->ended, r, next);
	wake(l);
}

/* An endpoint that is away is tried with all the time there is. */
static int64_t
patience_with(const struct request *r)
{
	const struct endpoint *e = r->lane->e;
	int64_t ms = latency_patience(&r->lane->latency, e->resend);

	return r->hurried && !pace_open(&r->lane->pace) && ms < e->timeout_ms
		   ? ms
		   : 0;
}

static void
request_start(struct llm *l, struct request *r)
{
	struct lane *lane = r->lane;

	lane->running++;
	r->sent = ++l->sent;
	r->state = RUNNING;
	r->patience = patience_with(r);
	r->transfer = transport_post(l->transport, lane->e, r->body,
	    r->patience > 0 ? r->patience : lane->e->timeout_ms, r);
	r->body = NULL;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
hear(struct llm *l, struct lane *lane, const struct request *r)
{
	struct pace *p = &lane->pace;
	bool was_open = pace_open(p);
	int64_t was = pace_window(p);

	if (r->answer.outcome == OUTCOME_CANCELLED)
		return; /* by us: it says nothing of the endpoint */
	if (r->answer.outcome == OUTCOME_OK)
		latency_note(&lane->latency, r->answer.facts.ms);
	pace_heard(p, r->sent, l->sent, r->answer.outcome,
	    r->answer.retry_after_ms, now_ms());
	if (pace_open(p) && !was_open)
		log_warn("endpoint %s does not answer; what is to be sent to "
			 "it waits until it is back",
		    lane->e->name);
	else if (was_open && !pace_open(p))
		log_warn("endpoint %s answers again", lane->e->name);
	else if (pace_window(p) < was)
		log_info("endpoint %s is asked for too much: %lld requests at "
			 "once from now on",
		    lane->e->name, (long long)pace_window(p));
}

/* What the endpoint refuses is not asked of it again. */
static void
learn(struct endpoint *e, const struct request *r, struct answer *a)
{
	struct capabilities was = e->can;

	if (!endpoint_learn(e, &r->asked, a->refused))
		return;
	a->why = ASKED_TOO_MUCH;
	if (!capabilities_equal(&was, &e->can))
		log_warn("endpoint %s refuses parameters; from now on: "
			 "sampling = %s, format = %s, tokens_name = %s",
		    e->name, e->can.sampling ? "yes" : "no",
		    reply_formats[e->can.format],
		    tokens_names[e->can.tokens_name]);
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
	learn(r->lane->e, r, &r->answer);
	if (r->answer.outcome == OUTCOME_TIMEOUT && r->patience > 0) {
		r->answer.outcome = OUTCOME_CANCELLED;
		r->answer.why = "straggler";
	}
	hear(l, r->lane, r);
	request_end(l, r);
}

/* ---- the step ---- */

static struct request *
whose_place(struct fair_item *item)
{
	return (void *)((char *)item - offsetof(struct request, place));
}

/* Comes again when the endpoint may be asked; what runs wakes it too. */
static void
wait_for_room(struct lane *lane, int64_t now)
{
	int64_t ms = lane->pace.until - now;
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	if (lane->waiting.n > 0 && ms > 0)
		evtimer_add(lane->later, &tv);
}

static void
admit_waiting(struct llm *l)
{
	int64_t now = now_ms();
	struct lane *lane;

	TAILQ_FOREACH(lane, &l->lanes, next) {
		while (lane->waiting.n > 0 &&
		       pace_room(&lane->pace, lane->running, now) > 0)
			request_start(
			    l, whose_place(fair_next(&lane->waiting)));
		wait_for_room(lane, now);
	}
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
	pace_init(&lane->pace, e->window, e->breaker);
	fair_init(&lane->waiting);
	lane->later = event_new(l->base, -1, 0, step_cb, l);
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
llm_send(struct llm *l, const struct endpoint *e, const char *owner,
    const struct prompt *p)
{
	struct request *r = xcalloc(1, sizeof(*r));

	r->id = ++l->ids;
	r->lane = lane_find(l, e->name);
	answer_init(&r->answer);
	RB_INSERT(request_tree, &l->requests, r);
	if (r->lane->waiting.n >= (size_t)e->queue) {
		r->answer.outcome = OUTCOME_RATE;
		r->answer.why = "queue_full";
		request_end(l, r);
	} else {
		r->asked = e->can;
		r->body = provider_body(e, p);
		fair_put(&r->lane->waiting, &r->place, owner);
	}
	wake(l);
	return r->id;
}

void
llm_hurry(struct llm *l, uint64_t id)
{
	struct request key = {.id = id}, *r;

	r = RB_FIND(request_tree, &l->requests, &key);
	if (r != NULL)
		r->hurried = true;
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

	memset(out, 0, sizeof(*out));
	if (lane == NULL)
		return;
	out->waiting = lane->waiting.n;
	out->running = lane->running;
	out->window = (size_t)pace_window(&lane->pace);
	out->away = pace_open(&lane->pace);
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
		event_free(lane->later);
		endpoint_free(lane->e);
		free(lane);
	}
	endpoint_free(l->offline);
	event_free(l->step);
	free(l);
}
