/*
 * Ballots: weak orders over candidates 0..n-1, as ranks (0 best, equal rank =
 * tie), with a weight.  What a ballot leaves out is one of two things:
 *
 *	unranked	seen and not named (truncation): tied last, and the
 *			ballot counts as truncated
 *	unseen		never shown to this person: compared with nothing
 */
#ifndef CHOICE_BALLOT_H
#define CHOICE_BALLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define CANDIDATES_MAX 128 /* statements the daemon takes in one election */

/*
 * What the library takes.  With these no count, sum of ranks or sum of
 * ratings leaves 63 bits: 2 * 2^13 candidates * 2^48 votes.
 */
#define CANDIDATES_LIMIT 8192
#define WEIGHT_MAX	 ((int64_t)1 << 32) /* of one ballot */
#define VOTES_MAX	 ((int64_t)1 << 48) /* of all ballots together */

#define RANK_UNRANKED (-1) /* and every other negative rank but … */
#define RANK_UNSEEN   (-2)

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

/*
 * Makes ranks dense (0, 1, 2 … without gaps), keeping order and ties;
 * RANK_UNSEEN stays, another negative rank becomes tied last.  Returns the
 * number of distinct ranks.  O(n) when no rank is n or more, else O(n log n).
 */
size_t ranks_densify(int32_t *rank, size_t n);

/*
 * The candidates' labels: names of their own, or letters (A..Z, then AA, AB, …
 * as in spreadsheets).
 */
struct labels {
	size_t n;
	char **name;	/* NULL: letters */
	size_t *sorted; /* candidates by name */
};

void labels_init(struct labels *l, size_t n); /* letters */
/*
 * Copies n names.  A name is 1..200 bytes without a control character, `>` or
 * `=`, and without a space at either end; no two are equal.
 * -1 and ERR_BAD_BALLOT naming the one at fault; *l is then empty.
 */
int labels_names(
    struct labels *l, const char *const *names, size_t n, struct err *err);
void labels_free(struct labels *l);
/* The label of candidate i < l->n; `out` is where a letter goes. */
const char *labels_of(const struct labels *l, size_t i, char out[8]);

/*
 * Reads "A>C=B", best first, spaces allowed around labels, truncation allowed.
 * Letters are read in either case.  rank gets n ranks, dense but for
 * RANK_UNRANKED, and is unspecified after an error.  ERR_BAD_BALLOT: a label
 * that is none of the candidates', a repeated one, an empty group (and so an
 * empty ballot), anything else between the labels; the message says which and
 * where.  O(len + k log n) for k names.
 */
int ballot_parse(
    const struct labels *l, const char *s, int32_t *rank, struct err *err);
/* With letters, and with the unranked tied last: n dense ranks. */
int
ballot_parse_letters(const char *s, size_t n, int32_t *rank, struct err *err);
/*
 * Appends "A>C=B": what ballot_parse would read as these ranks.  Candidates
 * with a negative rank are left out; of a tie the lower index comes first.
 * O(n log n).
 */
void ballot_print(const struct labels *l, const int32_t *rank, struct buf *out);
/* The letters of candidate i ("A", …, "Z", "AA"); i < 26^6. */
void candidate_label(size_t i, char out[8]);

#endif
