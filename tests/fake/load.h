/*
 * Many deliberations at once on one daemon: an event-driven client with a
 * connection for every facilitator and every participant, all of whom do
 * their part as soon as they are told that it is their turn.
 */
#ifndef TESTS_FAKE_LOAD_H
#define TESTS_FAKE_LOAD_H

#include <stddef.h>

struct load {
	const char *socket; /* the daemon's Unix socket */
	int sessions, people;
	const char *settings; /* a JSON object */
	int deadline_s;	      /* for all of it */
	/* what came of it */
	int concluded;
	long contributions;
	double seconds;
	double p50_ms, p99_ms, max_ms; /* of a contribution, till its answer */
	char (*ids)[32];	       /* of the sessions; free(3) */
	char why[256];		       /* what went wrong first; "" */
};

/* 0 when all have concluded; -1 and why.  load_clear in any case. */
int load_run(struct load *l);
void load_clear(struct load *l);

/* The operator's whole recording of one; fresh (free(3)), NULL on error. */
char *load_export(const struct load *l, int session, size_t *len);

#endif
