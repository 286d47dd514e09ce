/*
 * Many pieces of work in several processes: each has memory of its own, and
 * one that crashes takes nothing with it but its piece.  The children end with
 * their parent, however it ends.
 */
#ifndef CLIENT_POOL_H
#define CLIENT_POOL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define POOL_JOBS_MAX 256

struct pool {
	size_t n;     /* pieces 0 .. n-1, begun in this order */
	int jobs;     /* processes; 1: all is done in this one */
	bool ordered; /* `done` hears of them in order too; what is finished
			 early waits, and few do */
	/* Does piece i, in a child: the result is for `done`. */
	void (*work)(size_t i, struct buf *result, void *arg);
	/* In the parent.  result NULL: its process died of it.  False: no
	 * more. */
	bool (*done)(size_t i, const char *result, size_t len, void *arg);
	void *arg;
	const volatile sig_atomic_t *stop; /* not 0: no more.  May be NULL */
};

/* 0: all done; 1: stopped before; -1: no process could be had (ERR_INTERNAL).
 * All children are gone when it returns. */
int pool_run(const struct pool *p, struct err *err);

/* "4": -1 when it is no number from 1 to POOL_JOBS_MAX. */
int pool_jobs(const char *s);

#endif
