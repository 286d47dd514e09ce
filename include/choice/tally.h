/*
 * Rules: ballots in, social ranking out, with everything needed to check it.
 * One table; a rule is a row and a file, whose header names its paper.
 */
#ifndef CHOICE_TALLY_H
#define CHOICE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/stream.h"
#include "choice/kendall.h"
#include "choice/profile.h"
#include "choice/tie.h"

struct rule;

struct tally {
	const struct rule *rule;
	size_t n;	/* candidates */
	int64_t *d;	/* n*n pairwise (choice/pairwise.h) */
	int64_t *p;	/* n*n strongest paths, or NULL if the rule has none */
	int64_t *score; /* n, what the rule ranks by (the row's `scores`), or
			   NULL */
	int32_t *rank;	/* dense social rank, 0 best; below the top a
			   convenience, see choice/schulze.h */
	size_t winners; /* how many have rank 0 */
};

enum rule_needs { NEEDS_RANKINGS, NEEDS_RATINGS };

/* What is proved of a rule, and tested of ours over random elections. */
enum rule_property {
	RULE_CONDORCET = 1, /* who beats everyone is elected alone */
	RULE_SMITH = 2,	    /* elects from the Smith set */
	RULE_MONOTONE = 4,  /* raising a winner does not make it lose */
	RULE_CLONES = 8,    /* copies of a candidate change nothing else */
	RULE_REVERSAL = 16, /* who is elected alone is not elected when every
			       ballot is turned over */
	RULE_MAJORITY = 32  /* who is first on most ballots is elected alone */
};

struct rule {
	const char *name; /* as in the setting `method` */
	const char *help; /* one line */
	/* What t->score counts, for "A: 5 …"; NULL: t->score is not filled. */
	const char *scores;
	enum rule_needs needs;
	unsigned properties; /* of enum rule_property */
	/*
	 * Fills t->rank (dense or not; tally_run makes it so) and what it has
	 * of t->p (fresh) and t->score (allocated where `scores` says so);
	 * tally_run has set t->n and t->d and allocated t->rank.  Rules that
	 * need ratings find p->ratings.
	 */
	void (*run)(const struct profile *p, struct tally *t);
	/* Steps of about a nanosecond beside the pairwise count's; n > 0. */
	double (*steps)(double n, double ballots);
};

/* The table, ended by a row whose name is NULL. */
extern const struct rule rules[];
/* NULL if unknown; `-` in the name is read as `_`. */
const struct rule *rule_find(const char *name);
/* Whether p has what the rule needs; if not, -1 and ERR_BAD_BALLOT says what
 * is missing. */
int
rule_fits(const struct rule *rule, const struct profile *p, struct err *err);

/*
 * Fills *t (tally_free) with the rule's result.  Without ballots (a rule over
 * ratings: without ratings) all are tied at rank 0.
 */
void
tally_run(const struct rule *rule, const struct profile *p, struct tally *t);
/* The same with the pairwise count of another tally of the same profile. */
void tally_rerun(const struct rule *rule, const struct profile *p,
    const struct tally *counted, struct tally *t);
void tally_free(struct tally *t);
/* Fills t->rank by t->score, dense: for rules.  O(n log n). */
void tally_rank_by(struct tally *t, bool most_first);

/* What tally_run will take, roughly: seconds on a machine of 2020, bytes. */
struct tally_cost {
	double seconds, bytes;
};
struct tally_cost
tally_cost(const struct rule *rule, size_t candidates, size_t ballots);

/* Chooses one of t's winners as tie_resolve_among does. */
size_t tie_resolve(const struct tally *t, const struct profile *p,
    const struct rating *ratings, enum tie_break how, struct stream *draw,
    enum tie_decider *decider);

#endif
