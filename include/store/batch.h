/*
 * The inside of a submission: what journal.h calls struct journal_batch, for
 * the store's own files.
 *
 * A batch and all it holds is one allocation in the common case: the struct
 * is followed by room for its operations and their bytes; what does not fit
 * goes to further, larger chunks.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <sys/queue.h>

#include "store/journal.h"

enum batch_kind {
	BATCH_EVENT,
	BATCH_TOKEN,
	BATCH_REVOKE,
	BATCH_REVOKE_DIGEST,
	BATCH_ERASE,
	BATCH_COUNT,
	BATCH_KINDS
};

struct batch_op {
	struct batch_op *next;
	enum batch_kind kind;
	const char *session; /* its id; NULL for BATCH_REVOKE_DIGEST */
	union {
		struct journal_event event;
		struct journal_token token;
		const char *ref;
		uint8_t digest[DIGEST_LEN];
		struct {
			int64_t seq;
			const char *name;
		} erase;
		struct {
			const char *name;
			int64_t by;
		} count;
	} u;
};

struct batch_chunk {
	struct batch_chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

struct journal_batch {
	STAILQ_ENTRY(journal_batch) link;
	int64_t ticket;
	int64_t seen; /* last ticket whose result its maker had polled */
	bool durable, conflict; /* the result, set by the writer */
	bool erases;
	const char *id; /* of the session whose events these are, or NULL */
	bool has_row;
	struct journal_session row; /* if has_row; header in the arena */
	struct batch_op *ops, **tail;
	size_t events, bytes;
	struct batch_chunk *more; /* newest first */
	size_t used;
	_Alignas(max_align_t) char room[];
};
STAILQ_HEAD(batch_queue, journal_batch);

void batch_queue_free(struct batch_queue *q);
/* As batch_new left it. */
void batch_reset(struct journal_batch *b);

#endif
