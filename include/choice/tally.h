/*
 * Rules: ballots in, social ranking out, with everything needed to check it.
 * One table; a rule is a row and a file.
 */
#ifndef CHOICE_TALLY_H
#define CHOICE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/stream.h"
#include "choice/ballot.h"

struct tally {
	size_t n;	/* candidates */
	int64_t *d;	/* n*n pairwise: d[x*n+y] ballots preferring x to y */
	int64_t *p;	/* n*n strongest paths, or NULL if the rule has none */
	int32_t *rank;	/* dense social rank, 0 best; below the top a
			   convenience, see choice/schulze.h */
	size_t winners; /* how many have rank 0 */
};

struct rule {
	const char *name; /* as in the setting `method` */
	const char *help; /* one line */
	/* Fills t->rank (dense) and, if the rule has strongest paths, a fresh
	 * t->p; tally_run has set t->n and t->d and allocated t->rank. */
	void (*run)(const struct profile *p, struct tally *t);
};

/* The table, ended by a row whose name is NULL. */
extern const struct rule rules[];
const struct rule *rule_find(const char *name); /* NULL if unknown */

/* Fills *t (tally_free) with rule's result.  0 ballots: all tied at rank 0. */
void
tally_run(const struct rule *rule, const struct profile *p, struct tally *t);
void tally_free(struct tally *t);
/* d[x][y] = ballots with rank x < rank y; ties count for neither. O(NK^2) */
void tally_pairwise(const struct profile *p, int64_t *d);

/* Ratings 1..7 of one candidate, as counts. */
struct rating {
	int64_t sum, n, min, ge5; /* min 0 when n is 0 */
};

enum tie_break { TIE_AGREEMENT, TIE_BALLOT, TIE_RANDOM };
enum tie_decider {
	DECIDED_NONE,	/* there was no tie */
	DECIDED_MIN,	/* highest minimum agreement */
	DECIDED_MEAN,	/* highest mean agreement */
	DECIDED_BALLOT, /* a random ballot of those counted */
	DECIDED_LOT,	/* a lot: every ballot ties them too */
};
extern const char *const tie_decider_names[]; /* "none", "minimum", "mean",
						 "ballot", "lot" */

/*
 * Chooses one of t's winners.  ratings: n rows, or NULL.  TIE_AGREEMENT:
 * highest minimum, then highest mean (compared as fractions, integers only),
 * each stage keeping the tied best, then as TIE_BALLOT.  Unrated candidates
 * lose to rated ones.  TIE_BALLOT: ballots in an order drawn from `draw`,
 * each in turn keeping its favourites among those left (Schulze's TBRC), a
 * lot from `draw` for what no ballot separates.  TIE_RANDOM: a lot.
 * *decider says what made it one, DECIDED_NONE (and nothing is drawn) when
 * there is one winner only.
 */
size_t tie_resolve(const struct tally *t, const struct profile *p,
    const struct rating *ratings, enum tie_break how, struct stream *draw,
    enum tie_decider *decider);
/*
 * The same among any set: p->candidates flags, at least one of them set; n if
 * none is.
 */
size_t tie_resolve_among(const bool *among, const struct profile *p,
    const struct rating *ratings, enum tie_break how, struct stream *draw,
    enum tie_decider *decider);

/*
 * Kendall's pairs between two weak orders x and y over n candidates.  Each of
 * the n(n-1)/2 unordered pairs is counted in one field or, when both orders
 * tie it, in none; so the pairs tied in both are n(n-1)/2 less the sum of the
 * four.  tau-b = (concordant - discordant) / sqrt((concordant + discordant +
 * tied_x) * (concordant + discordant + tied_y)), undefined when a factor is 0
 * (M. Kendall 1945).  O(n^2).
 */
struct kendall {
	int64_t concordant; /* ordered the same way by both */
	int64_t discordant; /* ordered in opposite ways */
	int64_t tied_x;	    /* tied in x only */
	int64_t tied_y;	    /* tied in y only */
};
void
kendall_count(const int32_t *x, const int32_t *y, size_t n, struct kendall *k);

#endif
