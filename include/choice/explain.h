/*
 * Why: what a tally rests on, as data, as JSON and in words that a room
 * understands.
 */
#ifndef CHOICE_EXPLAIN_H
#define CHOICE_EXPLAIN_H

#include <jansson.h>

#include "choice/tally.h"

/* Why one candidate is not elected. */
struct defeat {
	size_t loser, winner; /* the winner that beats it; n if none does */
	int64_t won, lost;    /* votes for the winner against the loser, and
				 for the loser */
	/* For rules with strongest paths, each with both its ends; NULL if
	 * there is none. */
	size_t *path, npath;		 /* winner to loser */
	size_t *back, nback;		 /* loser to winner */
	int64_t strength, back_strength; /* of their weakest links */
};

struct explanation {
	const struct tally *tally; /* borrowed, as the profile is */
	const struct profile *profile;
	size_t condorcet; /* n if nobody beats every other */
	bool *smith;	  /* n flags */
	size_t nsmith;
	struct defeat *defeats; /* by social rank, then index */
	size_t ndefeats;
	/* Rules that elect others than this tally's, ties unbroken. */
	struct elsewhere {
		const struct rule *rule;
		size_t *winners, nwinners;
	} * elsewhere;
	size_t nelsewhere;
};

/*
 * Looks at every loser and runs every other rule that p fits, but for the
 * pairwise count, which is there.  O(n^3) and what these rules cost.
 */
void explain_init(
    struct explanation *x, const struct tally *t, const struct profile *p);
void explain_free(struct explanation *x);

/*
 * {"matrix":[[…]],"paths":[[…]]?,"scores":[…]?,"score":"what it counts"?,
 *  "condorcet":index|null,"smith":[index,…],
 *  "defeats":[{"loser","winner"|null,"won","lost","path":[…]?,"strength"?,
 *    "back":[…]?,"back_strength"?},…],
 *  "elsewhere":[{"method","winners":[…]},…],"ratings":[{…}]?,
 *  "below_the_top":"convenience"}; a new reference.
 */
json_t *explain_json(const struct explanation *x);

/*
 * Sentences, one a line.  `chosen` is whom the tie-break chose (n: nobody),
 * `decider` what decided.  At most `most` losers are told of, and how many
 * more there are.
 */
void explain_text(const struct explanation *x, const struct labels *l,
    size_t chosen, enum tie_decider decider, size_t most, struct buf *out);
/*
 * The pairwise matrix as a table, rows over columns; nothing when it would be
 * wider than 16 candidates or a label longer than 8 ASCII characters.
 */
void explain_matrix(
    const struct explanation *x, const struct labels *l, struct buf *out);

#endif
