/*
 * Batches into one transaction on the writing connection.  For the store's
 * own files; functions that return an int return an SQLite result code.
 */
#ifndef STORE_APPLY_H
#define STORE_APPLY_H

#include <sqlite3.h>

#include "store/batch.h"

struct apply;

/* NULL: *rc says why.  db must outlive it. */
struct apply *apply_new(sqlite3 *db, int *rc);
void apply_free(struct apply *a);

/*
 * One transaction from the batches, durable when SQLITE_OK is returned, except
 * for those that have .conflict set then; rolled back otherwise.  Batches are
 * read only but for .conflict.
 */
int apply_commit(struct apply *a, struct batch_queue *group);
/* A small write of no meaning, committed. */
int apply_probe(struct apply *a);

#endif
