/*
 * Plurality: the most first places.
 *
 * What a tied first place is worth is left open by the textbooks: a ballot is
 * one vote, shared equally among its favourites, in exact fractions.  (Whole
 * votes for each would be approval.)
 *
 * Monotone, majority; may pass over a Condorcet winner and elect whom
 * everybody beats.  O(N n).
 */
#ifndef CHOICE_PLURALITY_H
#define CHOICE_PLURALITY_H

#include "choice/tally.h"

/* A row of choice/tally.h; call it through tally_run. */
void plurality_run(const struct profile *p, struct tally *t);

#endif
