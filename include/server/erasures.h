/*
 * What was erased, in a file beside the journal: a journal that is restored
 * from a backup is held against it before anything is served, so that the
 * words do not come back.  It holds no words: JSON Lines of
 *
 *	{"at": ms, "items": [{"hash","name","seq"}], "participant", "session"}
 *
 * where hash is that of the event in the chain, so that an item is only ever
 * found where it was.
 */
#ifndef SERVER_ERASURES_H
#define SERVER_ERASURES_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"

struct erasures;

/* Opens or makes it, mode 0600; a last line that was cut off is dropped, for
 * nothing was answered for it.  NULL: ERR_FILE. */
struct erasures *erasures_open(const char *path, struct err *err);
void erasures_close(struct erasures *l); /* NULL is fine */
/* Durable when it returns 0; -1 with ERR_JOURNAL_UNAVAILABLE.  items is
 * borrowed. */
int erasures_add(struct erasures *l, const char *session,
    const char *participant, const json_t *items, int64_t at, struct err *err);
/* Each line in order until one returns -1; ERR_BROKEN names a bad line. */
typedef int erasures_fn(const char *session, const char *participant,
    const json_t *items, void *arg, struct err *err);
int
erasures_each(struct erasures *l, erasures_fn *fn, void *arg, struct err *err);

#endif
