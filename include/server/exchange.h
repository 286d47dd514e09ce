/*
 * The exchanges in hand: what has been started and has not ended yet, and what
 * waits to be tried again.  Known by session and job, for sessions come and go
 * from memory meanwhile.  Private to daemon/server.
 *
 *	STARTING -> SENT -> ANSWERED	over HTTP
 *	STARTING -> ANSWERED		by the offline drafter, done when told
 *	DELAYED -> DUE			failed before; not started again yet
 */
#ifndef SERVER_EXCHANGE_H
#define SERVER_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "job/job.h"
#include "job/prompt.h"
#include "llm/llm.h"
#include "session/session.h"

struct server;

enum exchange_state {
	EXCHANGE_STARTING, /* its start is being made durable */
	EXCHANGE_SENT,
	EXCHANGE_ANSWERED, /* to be recorded */
	EXCHANGE_DELAYED,
	EXCHANGE_DUE /* to be started */
};

struct exchange {
	char session[24];
	char job[JOB_ID_MAX];
	int attempt;
	enum exchange_state state;
	int64_t ticket;		   /* STARTING: of its start; -1: not yet */
	uint64_t request;	   /* SENT: llm's */
	bool offline;		   /* done by the offline drafter */
	struct prompt prompt;	   /* until it is sent */
	struct prompt_marks marks; /* to read the reply by */
	struct answer answer;
	void *timer; /* DELAYED: libevent's */
	struct server *srv;
	RB_ENTRY(exchange) by_job, by_request;
	TAILQ_ENTRY(exchange) next; /* of starting or ready */
};
RB_HEAD(exchange_jobs, exchange);
RB_HEAD(exchange_requests, exchange);
TAILQ_HEAD(exchange_list, exchange);

/* The server's; a zeroed one must be passed to exchanges_init. */
struct exchanges {
	struct exchange_jobs jobs;
	struct exchange_requests requests; /* SENT */
	struct exchange_list starting;	   /* in the order of their tickets */
	struct exchange_list ready;	   /* ANSWERED and DUE */
};

void exchanges_init(struct exchanges *all);
void exchanges_clear(struct server *srv);

/* STARTING, without a ticket.  There must be none for that job. */
struct exchange *
exchange_new(struct server *srv, const char *session, const char *job);
/* Ends it wherever it stands; a request in flight is cancelled. */
void exchange_free(struct exchange *x);
struct exchange *
exchange_find(const struct server *srv, const char *session, const char *job);
/* The session's, in the order of their jobs' ids: after NULL the first. */
struct exchange *exchange_next(const struct server *srv, const char *session,
    const struct exchange *after);
/* Started exchanges get their batch's ticket, or are dropped with it (-1). */
void exchanges_ticket(struct server *srv, int64_t ticket);

/* The batch of that ticket failed: what it started has not begun. */
void exchanges_forget(struct server *srv, int64_t ticket);

/* hurried: it may be given up as a straggler. */
void exchange_send(struct exchange *x, const struct endpoint *e, bool hurried);
/* For the answers of the endpoints: see llm_answer_fn. */
void exchange_answered(uint64_t request, struct answer *a, void *srv);
/* It is to be recorded, with an answer of our own making. */
void exchange_settle(struct exchange *x, enum outcome outcome, const char *why);
/* It has failed and is tried again in that many milliseconds. */
void exchange_delay(struct exchange *x, int64_t ms);

#endif
