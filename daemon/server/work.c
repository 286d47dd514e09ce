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

/*
 * What is wanted and, with `open`, what was in flight when we were killed.
 * Looking for those costs as much as there are exchanges in hand, so it is
 * done where they can be: not after each one that ends.  Ids of their own, for
 * starting one changes the state they lie in.
 */
static size_t
work_ids(
    const struct live *live, bool open, char (*out)[JOB_ID_MAX], size_t max)
{
	const char **ids = xcalloc(max, sizeof *ids);
	size_t i, n, m;

	n = session_wanted(live->s, ids, max);
	for (i = 0; i < n; i++)
		strlcpy(out[i], ids[i], sizeof out[i]);
	m = open ? session_open(live->s, ids, max - n) : 0;
	for (i = 0; i < m; i++)
		if (!in_hand(live->srv, live->id, ids[i]))
			strlcpy(out[n++], ids[i], sizeof out[0]);
	free(ids);
	return n;
}

/* Those just begun are the last ones in the list. */
static void
give_ticket(struct server *srv, int64_t ticket)
{
	struct exchange *x;

	TAILQ_FOREACH_REVERSE(x, &srv->exchanges, exchange_list, next)
	{
		if (x->ticket != -1)
			break;
		x->ticket = ticket;
	}
}

static void
begin(struct live *live, bool open)
{
	char(*ids)[JOB_ID_MAX];
	const char *one[1];
	struct change c;
	struct err err;
	size_t i, n;
	int64_t ticket;

	/* Most commands want no work: asking costs them nothing. */
	if (live->state != LIVE_AWAKE || live->doomed ||
	    (open ? !live_has_work(live)
		  : session_wanted(live->s, one, 1) == 0) ||
	    journal_readonly(live->srv->journal, NULL))
		return;
	ids = xcalloc(WANTED_MAX, sizeof *ids);
	n = work_ids(live, open, ids, WANTED_MAX);
	change_begin(&c, live);
	for (i = 0; i < n; i++)
		start_one(&c, ids[i]);
	free(ids);
	ticket = c.events.n > 0 ? change_commit(&c, &err) : -1;
	if (ticket == -1) {
		change_drop(&c);
		work_forget(live->srv, -1);
	} else
		give_ticket(live->srv, ticket);
}

void
work_start(struct live *live)
{
	begin(live, true);
}

void
work_forget(struct server *srv, int64_t ticket)
{
	struct exchange *x, *next;

	TAILQ_FOREACH_SAFE(x, &srv->exchanges, next, next)
		if (x->ticket == ticket) {
			TAILQ_REMOVE(&srv->exchanges, x, next);
			free(x);
		}
}

/*
 * Work that could not be started is tried again.  Where as many exchanges are
 * in hand as are open nothing is amiss, and one look at all of them tells
 * that of every session; a count that agrees by chance does so until the next
 * sweep only.
 */
void
work_sweep(struct server *srv)
{
	const char *ids[WANTED_MAX];
	struct exchange *x;
	struct live *live;

	RB_FOREACH(live, live_tree, &srv->lives)
		live->in_hand = 0;
	TAILQ_FOREACH(x, &srv->exchanges, next) {
		struct live key;

		strlcpy(key.id, x->session, sizeof key.id);
		live = RB_FIND(live_tree, &srv->lives, &key);
		if (live != NULL)
			live->in_hand++;
	}
	RB_FOREACH(live, live_tree, &srv->lives)
		if (live->state == LIVE_AWAKE &&
		    (session_wanted(live->s, ids, 1) > 0 ||
			session_open(live->s, ids, WANTED_MAX) !=
			    live->in_hand))
			work_start(live);
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
	begin(live, false);
}

bool
work_step(struct server *srv)
{
	struct exchange *x = TAILQ_FIRST(&srv->exchanges);
	struct live *live = NULL;
	struct err err;
	int found;

	if (x == NULL || x->ticket > srv->released)
		return false;
	found = live_get(srv, x->session, &live, &err);
	if (found == -1) /* being read, or waits for the writer */
		return live_find(srv, x->session)->state == LIVE_LOADING;
	TAILQ_REMOVE(&srv->exchanges, x, next);
	if (found == 1 && session_job(live->s, x->job) != NULL &&
	    session_job(live->s, x->job)->state == JOB_STARTED)
		finish(live, x->job);
	free(x);
	return !TAILQ_EMPTY(&srv->exchanges);
}
