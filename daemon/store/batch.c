#include "store/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

/* Holds a typical submission: a session row, one or two events of a few
 * hundred bytes with their sealed bodies. */
#define BATCH_ROOM 1792
#define CHUNK_MIN  8192

struct journal_batch *
batch_new(void)
{
	struct journal_batch *b = xmalloc(sizeof(*b) + BATCH_ROOM);

	memset(b, 0, sizeof(*b));
	b->tail = &b->ops;
	return b;
}

static void
chunks_free(struct journal_batch *b)
{
	struct batch_chunk *c, *next;

	for (c = b->more; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
}

void
batch_reset(struct journal_batch *b)
{
	chunks_free(b);
	memset(b, 0, sizeof(*b));
	b->tail = &b->ops;
}

void
batch_free(struct journal_batch *b)
{
	if (b == NULL)
		return;
	chunks_free(b);
	free(b);
}

void
batch_queue_free(struct batch_queue *q)
{
	struct journal_batch *b;

	while ((b = STAILQ_FIRST(q)) != NULL) {
		STAILQ_REMOVE_HEAD(q, link);
		batch_free(b);
	}
}

static void *
batch_alloc(struct journal_batch *b, size_t n)
{
	struct batch_chunk *c = b->more;
	size_t align = _Alignof(max_align_t);

	n = (n + align - 1) / align * align;
	if (b->used + n <= BATCH_ROOM) {
		b->used += n;
		return b->room + b->used - n;
	}
	if (c == NULL || c->used + n > c->size) {
		size_t size = n * 2 > CHUNK_MIN ? n * 2 : CHUNK_MIN;

		c = xmalloc(sizeof(*c) + size);
		c->next = b->more;
		c->used = 0;
		c->size = size;
		b->more = c;
	}
	c->used += n;
	return c->data + c->used - n;
}

static char *
batch_copy(struct journal_batch *b, const char *s, size_t len)
{
	char *p = batch_alloc(b, len + 1);

	memcpy(p, s, len);
	p[len] = '\0';
	b->bytes += len;
	return p;
}

static const char *
batch_string(struct journal_batch *b, const char *s)
{
	return batch_copy(b, s, strlen(s));
}

/* The head of a session moves with its events, so a batch has one session. */
static const char *
batch_own(struct journal_batch *b, const char *session)
{
	if (b->id == NULL)
		b->id = batch_string(b, session);
	else if (strcmp(b->id, session) != 0)
		log_fatal("a journal batch of session %s was given an event "
			  "or row of session %s",
		    b->id, session);
	return b->id;
}

static struct batch_op *
batch_op(struct journal_batch *b, enum batch_kind kind, const char *session)
{
	struct batch_op *op = batch_alloc(b, sizeof(*op));

	op->next = NULL;
	op->kind = kind;
	if (session == NULL || (b->id != NULL && strcmp(b->id, session) == 0))
		op->session = session == NULL ? NULL : b->id;
	else
		op->session = batch_string(b, session);
	*b->tail = op;
	b->tail = &op->next;
	return op;
}

void
batch_session(struct journal_batch *b, const struct journal_session *s)
{
	batch_own(b, s->id);
	b->row = *s;
	b->has_row = true;
	b->row.header = NULL;
	if (s->header != NULL)
		b->row.header = batch_copy(b, s->header, strlen(s->header));
}

void
batch_event(
    struct journal_batch *b, const char *session, const struct journal_event *e)
{
	struct batch_op *op;

	session = batch_own(b, session);
	op = batch_op(b, BATCH_EVENT, session);
	op->u.event = *e;
	op->u.event.bytes = batch_copy(b, e->bytes, e->len);
	if (e->sealed != NULL)
		op->u.event.sealed = batch_copy(b, e->sealed, e->sealed_len);
	b->events++;
}

void
batch_token(struct journal_batch *b, const struct journal_token *t)
{
	batch_op(b, BATCH_TOKEN, t->session)->u.token = *t;
}

void
batch_revoke(struct journal_batch *b, const char *session, const char *ref)
{
	struct batch_op *op = batch_op(b, BATCH_REVOKE, session);

	op->u.ref = batch_string(b, ref);
}

void
batch_revoke_digest(struct journal_batch *b, const uint8_t digest[DIGEST_LEN])
{
	struct batch_op *op = batch_op(b, BATCH_REVOKE_DIGEST, NULL);

	memcpy(op->u.digest, digest, DIGEST_LEN);
}

void
batch_count(struct journal_batch *b, const char *name, int64_t by)
{
	struct batch_op *op = batch_op(b, BATCH_COUNT, NULL);

	op->u.count.name = batch_string(b, name);
	op->u.count.by = by;
}

void
batch_erase(
    struct journal_batch *b, const char *session, int64_t seq, const char *name)
{
	struct batch_op *op = batch_op(b, BATCH_ERASE, session);

	op->u.erase.seq = seq;
	op->u.erase.name = batch_string(b, name);
	b->erases = true;
}
