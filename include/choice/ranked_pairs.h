/*
 * Ranked pairs: majorities are locked from the strongest down, unless one would
 * close a cycle with those locked before.
 *
 * T. N. Tideman, "Independence of clones as a criterion for voting rules",
 * Social Choice and Welfare 4 (1987); T. M. Zavist and T. N. Tideman, same
 * journal 6 (1989).  Left open there, and done so here:
 *
 *	strength	more votes for it (winning votes, as choice/schulze.h);
 *			of equal ones, fewer against it
 *	equal strength	Tideman's winners under every order of equal majorities
 *			are hard to find (M. Brill and F. Fischer, AAAI 2012),
 *			Zavist and Tideman draw a ballot.  Here the tally draws
 *			nothing: of equally strong majorities those are locked
 *			that lie on no cycle of locked ones and their equals.
 *			So equals that contradict one another cancel out, all
 *			candidates and ballots are treated alike, and what
 *			stays tied is left to the tie-break.
 *	ranking		0 for those over whom nobody is locked, then the same
 *			among the others, …; a strict order when all majorities
 *			differ
 *
 * Condorcet, Smith, monotone, reversal symmetric and independent of clones
 * where no two majorities are equally strong.  O(N n^2 + n^2 log n) and for
 * each majority that is locked and not yet implied O(n^2 / 64).
 */
#ifndef CHOICE_RANKED_PAIRS_H
#define CHOICE_RANKED_PAIRS_H

#include "choice/tally.h"

/* A row of choice/tally.h; call it through tally_run. */
void ranked_pairs_run(const struct profile *p, struct tally *t);

#endif
