/*
 * Instant runoff, also Hare's or the alternative vote: who has the fewest
 * first places is struck from all ballots, until nobody is left to strike.
 *
 * W. R. Ware 1871 after T. Hare, "The Election of Representatives" (1859). Left
 * open there, and done so here:
 *
 *	tied places	a ballot's vote is shared equally among its favourites
 *			of those left, in exact fractions (choice/plurality.h).
 *			A truncated ballot whose ranked ones are gone gives
 *			equal shares to all left, which is as good as nothing
 *	tied for least	all of them are struck at once; when that is everybody
 *			left, they are elected together (as in most software;
 *			the winners under every order of striking are hard to
 *			find: V. Conitzer et al., IJCAI 2009)
 *	ranking		by the round in which a candidate is struck, so that
 *			striking goes on when somebody has a majority
 *
 * Majority; not monotone, not reversal symmetric, and may pass over a Condorcet
 * winner.  O(N n) a round, at most n - 1 rounds.
 */
#ifndef CHOICE_INSTANT_RUNOFF_H
#define CHOICE_INSTANT_RUNOFF_H

#include "choice/tally.h"

/* A row of choice/tally.h; call it through tally_run. */
void instant_runoff_run(const struct profile *p, struct tally *t);

#endif
