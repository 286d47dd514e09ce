/*
 * A profile: the ballots of an election, each with a weight, and how the same
 * people rated the candidates.
 */
#ifndef CHOICE_PROFILE_H
#define CHOICE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "choice/ballot.h"

/*
 * What the library takes.  With these no count, sum of ranks or sum of
 * ratings leaves 63 bits: 2 * 2^13 candidates * 2^48 votes.
 */
#define CANDIDATES_LIMIT 8192
#define WEIGHT_MAX	 ((int64_t)1 << 32) /* of one ballot */
#define VOTES_MAX	 ((int64_t)1 << 48) /* of all ballots together */

/* Ratings 1..7 of one candidate, as counts. */
struct rating {
	int64_t sum, n, min, ge5; /* min 0 when n is 0 */
};
#define RATING_SIGNS 5 /* from here on somebody would sign it */

/* Adds `weight` ratings of `value` 1..7.  The votes' sum is the caller's to
 * bound by VOTES_MAX. */
void rating_add(struct rating *r, int value, int64_t weight);

struct profile {
	size_t candidates, ballots;
	int32_t *rank;	   /* ballots rows of candidates; 0 best, dense;
			      RANK_UNSEEN stays */
	int64_t *weight;   /* of each row; NULL: every one is 1 */
	int64_t votes;	   /* the rows' weights together */
	int64_t truncated; /* of these, on ballots that left some unranked */
	bool unseen;	   /* some row has a RANK_UNSEEN */
	size_t cap, weight_cap; /* rows allocated */
	/* What those people rated, candidates rows, or NULL; borrowed. */
	const struct rating *ratings;
};

void profile_init(struct profile *p, size_t candidates);
void profile_free(struct profile *p);
/*
 * Copies a row of p->candidates ranks.  Ranks need not be dense; the copy is
 * what ranks_densify makes of them, so rows in a profile always are.  Weight
 * 1.  O(n).
 */
void profile_add(struct profile *p, const int32_t *rank);
/* The same with a weight.  -1 and ERR_BAD_BALLOT, and nothing is added, for a
 * weight outside 1..WEIGHT_MAX or more than VOTES_MAX votes. */
int profile_add_weighted(
    struct profile *p, const int32_t *rank, int64_t weight, struct err *err);
int64_t profile_weight(const struct profile *p, size_t ballot);

#endif
