/*
 * Work: what a state wants is started durably, then done, then recorded.  No
 * finished exchange is ever asked for again; one that was in flight when the
 * daemon was killed is started once more.
 */
#include "server/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "llm/offline.h"

#define WANTED_MAX 1024

static void
start_one(struct change *c, const char *id)
{
	struct live *live = c->live;
	struct exchange *x;
	struct event *in;
	struct job *job;
	struct err err;

	job = live->s->procedure->render(live->s, id);
	in = job != NULL ? input_started(live->s, job, "offline",
			       live->srv->now, &live->srv->entropy)
			 : NULL;
	if (in == NULL || change_decide(c, in, &err) == NULL) {
		job_free(job);
		if (change_decide(c,
			input_cancelled(live->s, id, live->srv->now),
			&err) == NULL)
			log_warn(
			    "session %s: job %s: %s", live->id, id, err.text);
		return;
	}
	x = xcalloc(1, sizeof *x);
	strlcpy(x->session, live->id, sizeof x->session);
	strlcpy(x->job, job->id, sizeof x->job);
	x->ticket = -1; /* filled in once it has one */
	TAILQ_INSERT_TAIL(&live->srv->exchanges, x, next);
	job_free(job);
}

static bool
in_hand(const struct server *srv, const char *session, const char *job)
{
	const struct exchange *x;

	TAILQ_FOREACH(x, &srv->exchanges, next)
		if (strcmp(x->session, session) == 0 &&
		    strcmp(x->job, job) == 0)
			return true;
	return false;
}

static void
forget_unsent(struct server *srv)
{
	struct exchange *x, *next;

	for (x = TAILQ_FIRST(&srv->exchanges); x != NULL; x = next) {
		next = TAILQ_NEXT(x, next);
		if (x->ticket == -1) {
			TAILQ_REMOVE(&srv->exchanges, x, next);
			free(x);
		}
	}
}

/* Most commands want no work: asking must cost them nothing. */
static bool
anything_to_do(const struct session *s)
{
	const char *one[1];

	return session_wanted(s, one, 1) > 0 || session_open(s, one, 1) > 0;
}

void
work_start(struct live *live)
{
	static const size_t max = WANTED_MAX;
	char(*ids)[JOB_ID_MAX];
	const char **wanted;
	struct exchange *x;
	struct change c;
	struct err err;
	size_t i, n, open;
	int64_t ticket;

	if (live->state != LIVE_AWAKE || live->doomed ||
	    !anything_to_do(live->s) ||
	    journal_readonly(live->srv->journal, NULL))
		return;
	wanted = xcalloc(2 * max, sizeof *wanted);
	n = session_wanted(live->s, wanted, max);
	open = session_open(live->s, wanted + n, max);
	for (i = n; i < n + open; i++) /* in flight when we were killed */
		if (!in_hand(live->srv, live->id, wanted[i]))
			wanted[n++] = wanted[i];
	ids = xcalloc(n + 1, sizeof *ids);
	for (i = 0; i < n; i++)
		strlcpy(ids[i], wanted[i], sizeof ids[i]);
	free(wanted);
	if (n > 0) {
		change_begin(&c, live);
		for (i = 0; i < n; i++)
			start_one(&c, ids[i]);
		ticket = c.events.n > 0 ? change_commit(&c, &err) : -1;
		if (ticket == -1) {
			change_drop(&c);
			forget_unsent(live->srv);
		} else
			TAILQ_FOREACH(x, &live->srv->exchanges, next)
				if (x->ticket == -1)
					x->ticket = ticket;
	}
	free(ids);
}

static void
finish(struct live *live, const char *id)
{
	struct job_reply reply;
	struct change c;
	struct event *in;
	struct err err;
	struct job *job;

	job = live->s->procedure->render(live->s, id);
	change_begin(&c, live);
	if (job == NULL)
		in = input_cancelled(live->s, id, live->srv->now);
	else {
		offline_run(job, &reply);
		in = input_finished(
		    live->s, job, &reply, live->srv->now, &live->srv->entropy);
		job_reply_free(&reply);
	}
	job_free(job);
	if (change_decide(&c, in, &err) == NULL ||
	    change_commit(&c, &err) == -1) {
		/* Stale is normal; a journal that failed dooms the session,
		 * and the exchange is found open when it is folded again. */
		change_drop(&c);
		return;
	}
	work_start(live);
}

bool
work_step(struct server *srv)
{
	struct exchange *x = TAILQ_FIRST(&srv->exchanges);
	struct live *live = NULL;
	int found;

	if (x == NULL || x->ticket > srv->released)
		return false;
	found = live_get(srv, x->session, &live);
	if (found == -1)
		return true; /* being read */
	TAILQ_REMOVE(&srv->exchanges, x, next);
	if (found == 1 && session_job(live->s, x->job) != NULL &&
	    session_job(live->s, x->job)->state == JOB_STARTED)
		finish(live, x->job);
	free(x);
	return !TAILQ_EMPTY(&srv->exchanges);
}
