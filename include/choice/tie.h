/*
 * Ties: who is chosen when a rule elects several, and what decided it.
 */
#ifndef CHOICE_TIE_H
#define CHOICE_TIE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/stream.h"
#include "choice/profile.h"

enum tie_break {
	TIE_AGREEMENT, /* highest minimum, then mean rating, then as ballot */
	TIE_BALLOT,    /* a random ballot of those counted */
	TIE_RANDOM,    /* a lot */
	TIE_FIRST,     /* the one that stands first */
	TIE_NONE       /* they stay tied */
};
/* As in the setting `tie_break`; ended by NULL. */
extern const char *const tie_break_names[];

enum tie_decider {
	DECIDED_NONE,	/* there was no tie */
	DECIDED_MIN,	/* highest minimum agreement */
	DECIDED_MEAN,	/* highest mean agreement */
	DECIDED_BALLOT, /* a random ballot of those counted */
	DECIDED_LOT,	/* a lot: every ballot ties them too */
	DECIDED_FIRST,	/* the order of the candidates */
	DECIDED_OPEN	/* nothing: they stay tied */
};
extern const char *const tie_decider_names[]; /* "none", "minimum", "mean",
						 "ballot", "lot", "first",
						 "open" */

/* The value of a name, -1 if it is none. */
int tie_break_find(const char *name);

/*
 * Chooses one of those with a flag in `among` (p->candidates of them); n if
 * none has one, or if TIE_NONE leaves several.  ratings: n rows, or NULL.
 *
 * TIE_AGREEMENT: highest minimum, then highest mean (compared as fractions,
 * whole numbers only), each stage keeping the tied best, then as TIE_BALLOT.
 * Unrated candidates lose to rated ones.
 *
 * TIE_BALLOT: ballots in an order drawn from `draw`, each in turn keeping its
 * favourites among those left: the tie-breaking ranking of the candidates of
 * M. Schulze (2011, section 5) and of T. M. Zavist and T. N. Tideman, "Complete
 * independence of clones in the ranked pairs rule", Social Choice and Welfare 6
 * (1989).  A ballot of weight w has w chances.  A lot from `draw` for what no
 * ballot separates.  A ballot that never saw some of them says nothing on
 * these: it removes only what it ranks below its favourite.
 *
 * *decider says what made it one, DECIDED_NONE (and nothing is drawn) when
 * there was one only.  O(N n), with unequal weights O(N n^2).
 */
size_t tie_resolve_among(const bool *among, const struct profile *p,
    const struct rating *ratings, enum tie_break how, struct stream *draw,
    enum tie_decider *decider);

/* -1, 0, 1: the mean sum/n of a against b's, as fractions; unrated is least. */
int rating_mean_cmp(const struct rating *a, const struct rating *b);
int rating_min_cmp(const struct rating *a, const struct rating *b);

#endif
