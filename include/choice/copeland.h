/*
 * Copeland: how many others one beats, a draw counting half.
 *
 * A. H. Copeland, "A reasonable social welfare function", seminar, University
 * of Michigan (1951); R. Llull knew it in 1299 with draws as whole points.  The
 * worth of a draw is left open in the literature: half a point, which is the
 * same order as victories less defeats.  Who was never compared has drawn.
 *
 * Condorcet, Smith, monotone, reversal symmetric; clones change it, and ties
 * are common.  O(N n^2).
 */
#ifndef CHOICE_COPELAND_H
#define CHOICE_COPELAND_H

#include "choice/tally.h"

/* A row of choice/tally.h; call it through tally_run. */
void copeland_run(const struct profile *p, struct tally *t);

#endif
