/*
 * Schulze's beatpath rule with winning votes.
 *
 * M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and
 * Condorcet-consistent single-winner election method", Social Choice and
 * Welfare 36 (2011).  Link x->y exists if d[x][y] > d[y][x], strength d[x][y];
 * widest paths with the intermediate outermost; score(x) = number of y with
 * p[x][y] >= p[y][x]; social rank = dense rank of the score.  The top group is
 * exactly the Schulze winner set; ranks below it respect every strict defeat
 * but order some incomparable candidates for convenience.
 * O(N K^2 + K^3) time, O(K^2) space.
 */
#ifndef CHOICE_SCHULZE_H
#define CHOICE_SCHULZE_H

#include "choice/tally.h"

/* A row of choice/tally.h; call it through tally_run. */
void schulze_run(const struct profile *p, struct tally *t);

#endif
