/*
 * The daemon's hub: live sessions, methods, roles, subscriptions, timers,
 * work.  One thread runs the loop; only the journal's writer has its own.
 *
 * After each loop turn, in this order: the turn's batches go to the writer;
 * what its last finished ones allow is released; events are broadcast; work is
 * started; connections are reaped.  Design section 3.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SERVER_TCP_MAX 8 /* addresses to listen on */

struct endpoint;
struct server;

struct server_config {
	const char *socket;   /* path of the Unix socket */
	const char *journal;  /* path of the database */
	const char *erasures; /* of the list of erasures; NULL: beside the
				 journal, its name and ".erasures" */
	const char *data;     /* directory with presets/ */
	const char *prompts;  /* templates before those of data; NULL */
	const char *tcp[SERVER_TCP_MAX]; /* "127.0.0.1:7000", … */
	size_t ntcp;
	int64_t *limits; /* by row of limits[] (server/limit.h) */
	/* Where language models are had, each ready (llm/endpoint.h); taken by
	 * server_new, which sets the number to 0. */
	struct endpoint **endpoints;
	size_t nendpoints;
	const char *endpoint; /* of sessions that name none.  NULL: the only
				 one; with none at all the offline drafter */
};

/* NULL and err when the journal or a socket cannot be had. */
struct server *server_new(struct server_config *c, struct err *err);
/* Runs until told to stop by a signal; 0, or -1 when something broke. */
int server_run(struct server *srv);
void server_free(struct server *srv);

#endif
