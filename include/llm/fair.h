/*
 * A queue that is fair among those who wait in it: each owner (a session) in
 * turn, first come first served within one (round robin; Nagle, RFC 970).  A
 * session that asks for a hundred things delays another by one.
 *
 * Intrusive: an item lives in what it queues.  Plain data; fair_init.
 */
#ifndef LLM_FAIR_H
#define LLM_FAIR_H

#include <stddef.h>
#include <sys/queue.h>
#include <sys/tree.h>

#define FAIR_OWNER_MAX 24

struct fair_owner;
struct fair_item {
	struct fair_owner *owner; /* NULL: not queued */
	TAILQ_ENTRY(fair_item) next;
};

RB_HEAD(fair_owners, fair_owner);
TAILQ_HEAD(fair_turns, fair_owner);
struct fair {
	struct fair_owners owners; /* those with something waiting */
	struct fair_turns turns;   /* whose turn it is, first */
	size_t n;		   /* items */
};

void fair_init(struct fair *q);
/* Behind the owner's own; owner is cut to FAIR_OWNER_MAX - 1 bytes.
 * O(log owners). */
void fair_put(struct fair *q, struct fair_item *item, const char *owner);
/* Whose turn it is, taken out; NULL when empty. */
struct fair_item *fair_next(struct fair *q);
/* Takes it out wherever it stands; one that is not queued is fine. */
void fair_remove(struct fair *q, struct fair_item *item);

#endif
