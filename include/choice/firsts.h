/*
 * First places among those who still stand: each ballot is one vote (or its
 * weight), shared equally among its favourites, in exact fractions.  For
 * plurality, and for rules that strike candidates one after another.
 */
#ifndef CHOICE_FIRSTS_H
#define CHOICE_FIRSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "choice/exact.h"
#include "choice/profile.h"

struct firsts {
	const struct profile *profile;
	size_t ballots;
	uint16_t *order; /* rows: the candidates a ballot saw, best first */
	uint16_t *seen;	 /* of each row */
	uint16_t *at;	 /* of each row: where its present favourites begin */
	bool *idle;	 /* rows that treat all who stand alike */
	struct exact exact;
	uint32_t *sum; /* exact.limbs for each candidate */
};

/* p stays the caller's and must outlive f.  O(N n). */
void firsts_init(struct firsts *f, const struct profile *p);
void firsts_free(struct firsts *f);
/*
 * Counts anew among those with a flag in `in`, `left` of them; who was struck
 * before must stay struck.  A ballot that has all of them tied is left out
 * unless all candidates stand.  O(N + favourites); together with the moves
 * from one place to the next O(N n) over any number of calls.
 */
void firsts_count(struct firsts *f, const bool *in, size_t left);
/* Below, at or above 0 as x has fewer, as many or more than y. */
int firsts_cmp(const struct firsts *f, size_t x, size_t y);
/* Hundredths of a vote, rounded down.  For showing. */
int64_t firsts_hundredths(const struct firsts *f, size_t x);

#endif
