/*
 * Borda's count, aware of ties: on each ballot a candidate gets a point for
 * each one below it and half a point for each one it is tied with.
 *
 * J.-C. de Borda, "Memoire sur les elections au scrutin" (1781); for ties
 * D. Black, "Partial justification of the Borda count", Public Choice 28
 * (1976): a tied group gets the mean of its places.  So the unranked share
 * the last places (truncating gains nothing), and the score is half of
 * (n-1) N plus the candidate's margins summed (H. P. Young, Journal of
 * Economic Theory 9, 1974).  A candidate that a ballot never saw counts there
 * as tied with all, which neither helps nor harms it.
 *
 * Monotone, reversal symmetric; never elects whom everybody beats, but may
 * pass over a Condorcet winner, and clones change it.  O(N n^2).
 */
#ifndef CHOICE_BORDA_H
#define CHOICE_BORDA_H

#include "choice/tally.h"

/* A row of choice/tally.h; call it through tally_run. */
void borda_run(const struct profile *p, struct tally *t);

#endif
