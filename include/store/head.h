/*
 * The sessions that a transaction touches: read once, written once at its
 * end, however many submissions move them.  For the store's own files.
 */
#ifndef STORE_HEAD_H
#define STORE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/journal.h"

struct head {
	char id[SESSION_ID_LEN + 1];
	int64_t key; /* 0: no such session yet */
	bool stored; /* its row is in the database */
	bool moved;  /* seq and hash differ from the row */
	int64_t seq, wake_at;
	bool wants_work;
	const uint8_t *hash;		   /* of seq, when moved */
	const struct journal_session *row; /* to be written, or NULL */
};

/* Plain data; zeroed is valid and empty. */
struct head_set {
	struct head *v; /* in order of first touch */
	size_t n, cap;
	uint32_t *slot; /* open addressing: index into v + 1, or 0 */
	size_t slots;	/* a power of two, or 0 */
};
void head_set_clear(struct head_set *s);
void head_set_free(struct head_set *s);
/* The place of an id, made (with only id set) when *made.  The pointer holds
 * until the next call. */
struct head *head_set_get(struct head_set *s, const char *id, bool *made);

#endif
