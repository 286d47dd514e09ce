/*
 * What the journal's two threads share, and the writer's thread.  For the
 * store's own files.
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "store/batch.h"
#include "store/db.h"

struct reader;
struct writer;

struct journal {
	/* fixed while open */
	struct journal_config config; /* path and vfs are owned */
	int notify_fd, lock_fd;
	uint8_t secret[SECRET_LEN];
	struct writer *writer;
	pthread_t thread;

	/* the caller's thread only */
	struct reader *reader;
	struct batch_queue pending; /* submitted, not flushed */
	struct batch_queue ready;   /* finished, not polled */
	struct batch_queue spare;   /* polled, to be used again */
	size_t nspare;
	int64_t submitted, polled; /* tickets */

	_Atomic int64_t finished; /* ticket */
	_Atomic bool readonly;	  /* written under the lock */

	pthread_mutex_t lock;
	pthread_cond_t wake; /* the writer's, on CLOCK_MONOTONIC */
	/* under the lock */
	struct batch_queue queue; /* flushed, not taken by the writer */
	struct batch_queue done;  /* finished, not taken by the caller */
	bool stop;
	int64_t stop_by; /* monotonic ms */
	int64_t failed;	 /* last ticket failed with a whole group, or 0 */
	struct err why;	 /* while read-only */
	struct journal_stats stats;
};

int64_t monotonic_ms(void);

/* Opens the writing connection, makes the file a journal if it is none, reads
 * the secret into j.  NULL and err.  The thread is not started. */
struct writer *writer_new(struct journal *j, struct err *err);
void writer_free(struct writer *w);
/* The thread's function; arg is the writer. */
void *writer_main(void *arg);

#endif
