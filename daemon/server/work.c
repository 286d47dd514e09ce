/*
 * Work: what a state wants is started durably, then done, then recorded.  No
 * finished exchange is ever asked for again; one that was in flight when the
 * daemon was killed is started once more.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "job/reply.h"
#include "llm/offline.h"
#include "server/live.h"

#define WANTED_MAX 1024

/* ---- starting ---- */

static void
draw_mark(struct server *srv, char out[33])
{
	uint8_t raw[16];

	entropy_fill(&srv->entropy, raw, sizeof raw);
	hex_encode(raw, sizeof raw, out);
}

/* Renders what a language model will be sent, and notes it in the input. */
static void
put_prompt(struct exchange *x, const struct session *s, const struct job *job,
    struct event *in)
{
	const struct job_template *t = x->srv->templates[template_of(job)];

	draw_mark(x->srv, x->marks.boundary);
	draw_mark(x->srv, x->marks.canary);
	prompt_render(t, job, &x->marks, x->attempt, &x->prompt);
	input_prompted(
	    in, t, &x->prompt, &x->marks, s->model, &x->srv->entropy);
}

/* The template stands in the recording before it is used. */
static int
carry_template(struct change *c, const struct job *job, struct err *err)
{
	const struct session *s = c->live->s;
	struct server *srv = c->live->srv;
	const struct job_template *t = srv->templates[template_of(job)];

	if (t == NULL)
		return err_set(
		    err, ERR_INTERNAL, NULL, "no prompt templates were read");
	if (session_has_template(s, template_names[t->kind], t->digest))
		return 0;
	return change_decide(c, input_template(s, t, srv->now, &srv->entropy),
		   err) != NULL
		   ? 0
		   : -1;
}

static struct exchange *
prepare(
    struct change *c, const struct job *job, struct event **in, struct err *err)
{
	struct live *live = c->live;
	struct exchange *x;
	bool offline = strcmp(live->s->endpoint, ENDPOINT_OFFLINE) == 0;

	if (!offline && carry_template(c, job, err) == -1)
		return NULL;
	x = exchange_new(live->srv, live->id, job->id);
	x->attempt = session_job(live->s, job->id)->attempts + 1;
	x->offline = offline;
	*in = input_started(live->s, job, live->s->endpoint, live->srv->now,
	    &live->srv->entropy);
	if (!offline)
		put_prompt(x, live->s, job, *in);
	return x;
}

static int
cancel_job(struct change *c, const char *id, const char *why)
{
	struct live *live = c->live;
	struct err err;

	if (change_decide(c, input_cancelled(live->s, id, why, live->srv->now),
		&err) == NULL) {
		log_warn("session %s: job %s: %s", live->id, id, err.text);
		return -1;
	}
	return 0;
}

static void
start_one(struct change *c, const char *id)
{
	struct live *live = c->live;
	struct exchange *x = exchange_find(live->srv, live->id, id);
	struct event *in = NULL;
	struct job *job;
	struct err err;

	if (x != NULL) /* its start was never durable, or it is due */
		exchange_free(x);
	if (!session_affords(live->s)) {
		cancel_job(c, id, CANCELLED_BUDGET);
		return;
	}
	job = live->s->procedure->render(live->s, id);
	x = job != NULL ? prepare(c, job, &in, &err) : NULL;
	job_free(job);
	if (x != NULL && change_decide(c, in, &err) != NULL)
		return;
	if (x != NULL)
		exchange_free(x);
	cancel_job(c, id, NULL);
}

/* What is in flight or to be tried again and of no use any more.  The end of
 * a session ends all that is in flight: nothing is recorded behind it. */
static void
cancel_unwanted(struct change *c)
{
	struct live *live = c->live;
	const struct job_state *job;
	struct exchange *x, *next;

	for (x = exchange_next(live->srv, live->id, NULL); x != NULL;
	     x = next) {
		next = exchange_next(live->srv, live->id, x);
		job = session_job(live->s, x->job);
		if (job != NULL && session_wants(live->s, job))
			continue;
		if (x->state != EXCHANGE_DELAYED && x->state != EXCHANGE_DUE &&
		    job != NULL && job->state == JOB_STARTED &&
		    !live->s->concluded)
			cancel_job(c, x->job, NULL);
		exchange_free(x);
	}
}

/* The stragglers, begun or waiting, once enough of the others are there.  The
 * last of them lets the round go on: what it then wants is not late. */
static void
cancel_late(struct change *c)
{
	const struct session *s = c->live->s;
	const char *id;

	if (!live_is_late(c->live))
		return;
	while (s->procedure->late_at(s) != 0 &&
	       (session_open(s, &id, 1) > 0 || session_wanted(s, &id, 1) > 0))
		if (cancel_job(c, id, CANCELLED_LATE) == -1)
			return;
}

struct worklist {
	char (*ids)[JOB_ID_MAX];
	size_t n;
};

/* Those wanted and not waiting for their next try; and those in flight when
 * the daemon was killed. */
static void
list_wanted(const struct live *live, struct worklist *w)
{
	static const size_t max = WANTED_MAX;
	const char **ids = xcalloc(2 * max, sizeof *ids);
	const struct exchange *x;
	size_t i, n, open;

	n = session_wanted(live->s, ids, max);
	open = session_open(live->s, ids + n, max);
	w->ids = xcalloc(n + open + 1, sizeof *w->ids);
	for (i = 0; i < n + open; i++) {
		x = exchange_find(live->srv, live->id, ids[i]);
		if (x == NULL || (i < n && x->state != EXCHANGE_DELAYED))
			strlcpy(w->ids[w->n++], ids[i], sizeof *w->ids);
	}
	free(ids);
}

void
work_start(struct live *live)
{
	struct worklist w = {0};
	struct change c;
	struct err err;
	int64_t ticket;
	size_t i;

	if (live->state != LIVE_AWAKE || live->doomed || live->srv->opening ||
	    live->srv->stopping ||
	    /* Most commands want no work: asking costs them nothing. */
	    (!live_has_work(live) &&
		exchange_next(live->srv, live->id, NULL) == NULL) ||
	    journal_readonly(live->srv->journal, NULL))
		return;
	change_begin(&c, live);
	cancel_late(&c);
	cancel_unwanted(&c);
	list_wanted(live, &w);
	for (i = 0; i < w.n; i++)
		start_one(&c, w.ids[i]);
	free(w.ids);
	ticket = c.events.n > 0 ? change_commit(&c, &err) : -1;
	exchanges_ticket(live->srv, ticket);
	if (ticket == -1)
		change_drop(&c);
}

/* ---- ending ---- */

/* What the answer means for the job. */
static void
read_reply(struct exchange *x, const struct job *job, struct job_reply *reply)
{
	const struct answer *a = &x->answer;

	if (x->offline) {
		offline_run(job, reply);
		return;
	}
	memset(reply, 0, sizeof *reply);
	reply->outcome = a->outcome;
	reply->why = a->why;
	reply->facts = a->facts;
	reply->told = true;
	if (a->outcome == OUTCOME_OK)
		reply_read(job, &x->marks, a->text, strlen(a->text), reply);
}

static void
log_failure(const struct exchange *x, const struct session *s,
    const struct job_reply *reply)
{
	log_warn(
	    "session %s: %s, attempt %d, endpoint %s: %s%s%s (HTTP %d%s%s)",
	    x->session, x->job, x->attempt, s->endpoint,
	    outcome_names[reply->outcome], reply->why != NULL ? ", " : "",
	    reply->why != NULL ? reply->why : "", x->answer.status,
	    x->answer.detail[0] != '\0' ? ", " : "", x->answer.detail);
}

/* Records how it ended; -1 when it could not be recorded.  *failed: it is to
 * be tried again, after *outcome. */
static int
record(
    struct live *live, struct exchange *x, bool *failed, enum outcome *outcome)
{
	struct job *job = live->s->procedure->render(live->s, x->job);
	struct job_reply reply = {0};
	struct event *in;
	struct change c;
	struct err err;

	change_begin(&c, live);
	if (job == NULL)
		in = input_cancelled(live->s, x->job, NULL, live->srv->now);
	else {
		read_reply(x, job, &reply);
		if (reply.outcome != OUTCOME_OK && !x->offline)
			log_failure(x, live->s, &reply);
		in = input_finished(
		    live->s, job, &reply, live->srv->now, &live->srv->entropy);
	}
	*outcome = reply.outcome;
	job_reply_free(&reply);
	job_free(job);
	if (change_decide(&c, in, &err) == NULL ||
	    change_commit(&c, &err) == -1) {
		/* Stale is normal; a journal that failed dooms the session,
		 * and the exchange is found open when it is folded again. */
		change_drop(&c);
		return -1;
	}
	*failed = session_job(live->s, x->job) != NULL &&
		  session_job(live->s, x->job)->state == JOB_WANTED;
	return 0;
}

static void
finish(struct live *live, struct exchange *x)
{
	enum outcome outcome;
	bool failed = false;
	uint64_t random;
	int64_t wait = 0;
	int r = record(live, x, &failed, &outcome);

	if (failed) {
		entropy_fill(&live->srv->entropy, &random, sizeof random);
		wait = llm_backoff(
		    outcome, x->attempt, x->answer.retry_after_ms, random);
	}
	if (wait > 0)
		exchange_delay(x, wait);
	else
		exchange_free(x);
	if (r == 0)
		work_start(live);
}

/* ---- a turn ---- */

/* Whether it still is what the session has in flight. */
static bool
is_current(const struct live *live, const struct exchange *x)
{
	const struct job_state *job = session_job(live->s, x->job);

	return job != NULL && job->state == JOB_STARTED &&
	       job->attempts == x->attempt;
}

/* The endpoint that people agreed to; NULL and why. */
static const struct endpoint *
agreed_endpoint(const struct live *live, const char **why)
{
	const struct endpoint *e = llm_find(live->srv->llm, live->s->endpoint);

	*why = "endpoint_missing";
	if (e == NULL || e->model == NULL)
		return NULL;
	*why = "other_model";
	return strcmp(e->model, live->s->model) == 0 ? e : NULL;
}

/* Only what can be tried again may be given up for being slow. */
static bool
may_hurry(const struct live *live, const struct exchange *x)
{
	return x->attempt == 1 && session_setting(live->s, "attempts") > 1 &&
	       session_affords(live->s);
}

static void
send_started(struct server *srv)
{
	struct exchange *x, *next;
	const struct endpoint *e;
	struct live *live;
	const char *why;
	struct err err;
	int found;

	TAILQ_FOREACH_SAFE(x, &srv->exchanges.starting, next, next) {
		if (x->ticket > srv->released)
			break;
		found = live_get(srv, x->session, &live, &err);
		if (found == -1)
			continue; /* being read, or waits for the writer */
		if (found == 0 || !is_current(live, x)) {
			exchange_free(x);
			continue;
		}
		e = x->offline ? NULL : agreed_endpoint(live, &why);
		if (x->offline)
			exchange_settle(x, OUTCOME_OK, NULL);
		else if (e == NULL)
			exchange_settle(x, OUTCOME_CONFIG, why);
		else
			exchange_send(x, e, may_hurry(live, x));
	}
}

/* true when the offline drafter has worked: once a turn is enough. */
static bool
serve(struct server *srv, struct exchange *x)
{
	bool offline = x->offline;
	struct live *live;
	struct err err;
	int found = live_get(srv, x->session, &live, &err);

	if (found == -1)
		return false; /* being read, or waits for the writer */
	if (found == 1 && x->state == EXCHANGE_DUE) {
		exchange_free(x);
		work_start(live);
	} else if (found == 1 && is_current(live, x)) {
		finish(live, x);
		return offline;
	} else
		exchange_free(x);
	return false;
}

bool
work_step(struct server *srv)
{
	struct exchange_list *ready = &srv->exchanges.ready;
	struct exchange *x;
	bool worked = false;
	size_t n = 0;

	send_started(srv);
	/* What comes meanwhile waits a turn. */
	TAILQ_FOREACH(x, ready, next)
		n++;
	for (; n > 0 && !worked && (x = TAILQ_FIRST(ready)) != NULL; n--) {
		worked = serve(srv, x);
		if (TAILQ_FIRST(ready) == x) {
			/* Its session is being read: the others first. */
			TAILQ_REMOVE(ready, x, next);
			TAILQ_INSERT_TAIL(ready, x, next);
		}
	}
	return worked && !TAILQ_EMPTY(ready);
}
