#include "server/exchange.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "server/live.h"

static int
job_cmp(const struct exchange *a, const struct exchange *b)
{
	int r = strcmp(a->session, b->session);

	return r != 0 ? r : strcmp(a->job, b->job);
}

static int
sent_cmp(const struct exchange *a, const struct exchange *b)
{
	return (a->request > b->request) - (a->request < b->request);
}

RB_PROTOTYPE(exchange_jobs, exchange, by_job, job_cmp)
RB_GENERATE(exchange_jobs, exchange, by_job, job_cmp)
RB_PROTOTYPE(exchange_requests, exchange, by_request, sent_cmp)
RB_GENERATE(exchange_requests, exchange, by_request, sent_cmp)

void
exchanges_init(struct exchanges *all)
{
	RB_INIT(&all->jobs);
	RB_INIT(&all->requests);
	TAILQ_INIT(&all->starting);
	TAILQ_INIT(&all->ready);
}

/* Onto the list or tree that its state asks for, and off it. */
static void
enter(struct exchange *x, enum exchange_state state)
{
	struct exchanges *all = &x->srv->exchanges;

	x->state = state;
	if (state == EXCHANGE_STARTING)
		TAILQ_INSERT_TAIL(&all->starting, x, next);
	else if (state == EXCHANGE_SENT)
		RB_INSERT(exchange_requests, &all->requests, x);
	else if (state != EXCHANGE_DELAYED)
		TAILQ_INSERT_TAIL(&all->ready, x, next);
}

static void
leave(struct exchange *x)
{
	struct exchanges *all = &x->srv->exchanges;

	if (x->state == EXCHANGE_STARTING)
		TAILQ_REMOVE(&all->starting, x, next);
	else if (x->state == EXCHANGE_SENT)
		RB_REMOVE(exchange_requests, &all->requests, x);
	else if (x->state != EXCHANGE_DELAYED)
		TAILQ_REMOVE(&all->ready, x, next);
}

struct exchange *
exchange_new(struct server *srv, const char *session, const char *job)
{
	struct exchange *x = xcalloc(1, sizeof *x);

	strlcpy(x->session, session, sizeof x->session);
	strlcpy(x->job, job, sizeof x->job);
	x->srv = srv;
	x->ticket = -1;
	answer_init(&x->answer);
	RB_INSERT(exchange_jobs, &srv->exchanges.jobs, x);
	enter(x, EXCHANGE_STARTING);
	return x;
}

void
exchange_free(struct exchange *x)
{
	if (x->state == EXCHANGE_SENT)
		llm_cancel(x->srv->llm, x->request);
	leave(x);
	RB_REMOVE(exchange_jobs, &x->srv->exchanges.jobs, x);
	if (x->timer != NULL)
		event_free(x->timer);
	prompt_clear(&x->prompt);
	answer_clear(&x->answer);
	free(x);
}

void
exchanges_clear(struct server *srv)
{
	struct exchange *x, *next;

	RB_FOREACH_SAFE(x, exchange_jobs, &srv->exchanges.jobs, next)
		exchange_free(x);
}

struct exchange *
exchange_find(const struct server *srv, const char *session, const char *job)
{
	struct exchange key;

	strlcpy(key.session, session, sizeof key.session);
	strlcpy(key.job, job, sizeof key.job);
	return RB_FIND(
	    exchange_jobs, (struct exchange_jobs *)&srv->exchanges.jobs, &key);
}

struct exchange *
exchange_next(
    const struct server *srv, const char *session, const struct exchange *after)
{
	struct exchange key, *x;

	if (after != NULL)
		x = RB_NEXT(exchange_jobs, &srv->exchanges.jobs,
		    (struct exchange *)after);
	else {
		strlcpy(key.session, session, sizeof key.session);
		key.job[0] = '\0';
		x = RB_NFIND(exchange_jobs,
		    (struct exchange_jobs *)&srv->exchanges.jobs, &key);
	}
	return x != NULL && strcmp(x->session, session) == 0 ? x : NULL;
}

void
exchanges_ticket(struct server *srv, int64_t ticket)
{
	struct exchange *x, *before;

	/* Those without a ticket are the last. */
	for (x = TAILQ_LAST(&srv->exchanges.starting, exchange_list);
	     x != NULL && x->ticket == -1; x = before) {
		before = TAILQ_PREV(x, exchange_list, next);
		x->ticket = ticket;
		if (ticket == -1)
			exchange_free(x);
	}
}

void
exchanges_forget(struct server *srv, int64_t ticket)
{
	struct exchange *x, *next;

	TAILQ_FOREACH_SAFE(x, &srv->exchanges.starting, next, next)
		if (x->ticket == ticket)
			exchange_free(x);
}

void
exchange_send(struct exchange *x, const struct endpoint *e, bool hurried)
{
	leave(x);
	x->request = llm_send(x->srv->llm, e, x->session, &x->prompt);
	if (hurried)
		llm_hurry(x->srv->llm, x->request);
	prompt_clear(&x->prompt);
	enter(x, EXCHANGE_SENT);
}

void
exchange_answered(uint64_t request, struct answer *a, void *arg)
{
	struct server *srv = arg;
	struct exchange key = {.request = request}, *x;

	x = RB_FIND(exchange_requests, &srv->exchanges.requests, &key);
	if (x == NULL)
		return;
	leave(x);
	x->answer = *a;
	a->text = NULL;
	enter(x, EXCHANGE_ANSWERED);
	server_again(srv);
}

void
exchange_settle(struct exchange *x, enum outcome outcome, const char *why)
{
	leave(x);
	x->answer.outcome = outcome;
	x->answer.why = why;
	enter(x, EXCHANGE_ANSWERED);
}

static void
due_cb(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *x = arg;

	(void)fd;
	(void)what;
	leave(x);
	enter(x, EXCHANGE_DUE);
	server_again(x->srv);
}

void
exchange_delay(struct exchange *x, int64_t ms)
{
	struct timeval tv = {ms / 1000, (ms % 1000) * 1000};

	leave(x);
	answer_clear(&x->answer);
	enter(x, EXCHANGE_DELAYED);
	x->timer = evtimer_new(x->srv->base, due_cb, x);
	evtimer_add(x->timer, &tv);
}
