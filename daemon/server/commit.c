/*
 * From a decision to the journal and back: batches, tickets, what happens
 * when they are durable and when they failed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "server/live.h"

/* The end of a turn hands its batches to the writer.  In a long turn these
 * many go at once, so that the writer works while the loop decides. */
#define FLUSH_EVERY 64

void
change_begin(struct change *c, struct live *live)
{
	memset(c, 0, sizeof *c);
	c->live = live;
	c->batch = journal_batch(live->srv->journal);
}

void
change_drop(struct change *c)
{
	batch_free(c->batch);
	c->batch = NULL;
	event_list_free(&c->events);
}

bool
change_room(const struct server *srv, struct err *err)
{
	int64_t waiting = srv->newest - srv->released;

	if (journal_readonly(srv->journal, err))
		return false;
	if (waiting < srv->limits[LIMIT_QUEUE])
		return true;
	err_say(err, ERR_LIMIT_REACHED, "queue", MSG_ERROR_QUEUE, "#n",
	    (long long)waiting, NULL);
	return false;
}

/* Asked before anything is decided: what has been cannot be unsaid, it costs
 * the session a reading. */
static bool
writable(const struct server *srv, const struct event *input, struct err *err)
{
	/* What the daemon itself does is bounded by what it was asked. */
	if (strncmp(input->type, "exchange.", 9) == 0 ||
	    strcmp(input->type, "timer.fired") == 0)
		return !journal_readonly(srv->journal, err);
	return change_room(srv, err);
}

struct event *
change_decide(struct change *c, struct event *input, struct err *err)
{
	struct session *s = c->live->s;
	size_t before = c->events.n;
	int64_t max = c->live->srv->limits[LIMIT_EVENTS];

	if (input == NULL)
		return NULL;
	if (before == 0 && !writable(c->live->srv, input, err)) {
		event_destroy(input);
		return NULL;
	}
	/* Leaving, and what the daemon itself does, is never refused. */
	if (s->seq >= max && strncmp(input->type, "contribution.", 13) == 0) {
		event_destroy(input);
		err_say(err, ERR_LIMIT_REACHED, "events", MSG_ERROR_EVENTS,
		    "#n", (long long)s->seq, NULL);
		return NULL;
	}
	if (session_decide(s, input, &c->events, err) == -1)
		return NULL;
	return c->events.v[before];
}

static void
batch_row(struct change *c)
{
	struct live *live = c->live;
	struct journal_session row = {.header = live->header,
	    .seq = live->s->seq,
	    .wake_at = live->s->timer != 0 ? live->s->wake_at : 0,
	    .created_at = live->created_at,
	    .concluded = live->s->concluded};

	strlcpy(row.id, live->id, sizeof row.id);
	strlcpy(row.phase, session_phase(live->s)->name, sizeof row.phase);
	memcpy(row.hash, live->s->hash, DIGEST_LEN);
	row.wants_work = live_has_work(live);
	strlcpy(row.creator, live->creator, sizeof row.creator);
	batch_session(c->batch, &row);
}

static void
batch_events(struct change *c)
{
	struct buf *sealed = &c->live->srv->scratch;
	const struct event *e;
	struct journal_event row;
	size_t i;

	for (i = 0; i < c->events.n; i++) {
		e = c->events.v[i];
		buf_reset(sealed);
		event_sealed_json(e, NULL, NULL, sealed);
		row = (struct journal_event){.seq = e->seq,
		    .bytes = e->bytes,
		    .len = e->len,
		    .sealed = sealed->len > 0 ? sealed->data : NULL,
		    .sealed_len = sealed->len};
		memcpy(row.hash, e->hash, DIGEST_LEN);
		batch_event(c->batch, c->live->id, &row);
	}
}

/* What the predictions of a ballot were worth, kept for the endpoint and the
 * method that made them. */
static void
batch_predictor(struct change *c, const struct event *e)
{
	static const char *const figures[] = {"concordant", "discordant"};
	const struct session *s = c->live->s;
	const json_t *p = json_object_get(e->data, "prediction");
	enum predictor_id method = PREDICT_REASONED;
	json_int_t n;
	char *name;
	size_t i;

	for (i = 0; i < s->njobs; i++)
		if (s->jobs[i].kind == JOB_PREDICT)
			method = s->jobs[i].method;
	for (i = 0; i < 2; i++) {
		n = json_integer_value(json_object_get(p, figures[i]));
		if (n == 0)
			continue;
		name = xasprintf("predictor %s %s %s", s->endpoint,
		    predictors[method].name, figures[i]);
		batch_count(c->batch, name, n);
		free(name);
	}
}

static void
batch_counters(struct change *c)
{
	size_t i;

	for (i = 0; i < c->events.n; i++)
		if (strcmp(c->events.v[i]->type, "tally.decided") == 0)
			batch_predictor(c, c->events.v[i]);
}

int64_t
change_commit(struct change *c, struct err *err)
{
	struct live *live = c->live;
	struct pending *p;
	int64_t ticket;
	size_t i;

	batch_events(c);
	batch_row(c);
	batch_counters(c);
	ticket = journal_submit(live->srv->journal, c->batch, err);
	c->batch = NULL;
	if (ticket == -1) {
		live->doomed = live->doomed || c->events.n > 0;
		live_busy(live);
		server_again(live->srv);
		event_list_free(&c->events);
		return -1;
	}
	live->ticket = live->srv->newest = ticket;
	if (ticket % FLUSH_EVERY == 0)
		journal_flush(live->srv->journal);
	for (i = 0; i < c->events.n; i++) {
		p = xcalloc(1, sizeof *p);
		p->event = c->events.v[i];
		p->ticket = ticket;
		TAILQ_INSERT_TAIL(&live->pending, p, next);
	}
	c->events.n = 0; /* the events live on in the list */
	event_list_free(&c->events);
	live_busy(live);
	live_arm(live);
	return ticket;
}

/* The session whose batch this was: batches are few a turn, sessions with
 * something pending too. */
static void
tell(struct live *live, int64_t ticket)
{
	struct pending *p;

	while (
	    (p = TAILQ_FIRST(&live->pending)) != NULL && p->ticket <= ticket) {
		TAILQ_REMOVE(&live->pending, p, next);
		live_note(live, p->event);
		subscription_feed(live, p->event);
		event_destroy(p->event);
		free(p);
	}
}

static void
doom(struct server *srv, int64_t ticket)
{
	struct pending *p;
	struct live *live;

	exchanges_forget(srv, ticket);
	TAILQ_FOREACH(live, &srv->busy, of_busy) {
		TAILQ_FOREACH(p, &live->pending, next)
			if (p->ticket == ticket)
				live->doomed = true;
		if (live->doomed)
			subscription_fail(live, ticket);
	}
}

static void
result_failed(struct server *srv, const struct journal_result *r)
{
	struct err err;

	if (!journal_readonly(srv->journal, &err))
		err_say(&err, r->conflict ? ERR_STALE : ERR_JOURNAL_UNAVAILABLE,
		    NULL, r->conflict ? MSG_ERROR_WRITER : MSG_ERROR_JOURNAL,
		    NULL);
	net_fail(srv->net, r->ticket, &err);
	doom(srv, r->ticket);
}

void
commit_poll(struct server *srv)
{
	struct journal_result r;
	struct live *live;
	bool any = false;

	while (journal_poll(srv->journal, &r)) {
		any = true;
		if (!r.durable)
			result_failed(srv, &r);
		srv->released = r.ticket;
	}
	if (!any)
		return;
	/* Replies first, then the events they caused. */
	net_release(srv->net, srv->released);
	TAILQ_FOREACH(live, &srv->busy, of_busy)
		if (!live->doomed && !TAILQ_EMPTY(&live->pending))
			tell(live, srv->released);
}
