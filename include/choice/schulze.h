/*
 * Schulze's beatpath rule, with winning votes or with margins.
 *
 * M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and
 * Condorcet-consistent single-winner election method", Social Choice and
 * Welfare 36 (2011).  Link x->y exists if d[x][y] > d[y][x], its strength is
 * d[x][y] (winning votes) or d[x][y] - d[y][x] (margins; the same winners when
 * every ballot is strict and complete); widest paths with the intermediate
 * outermost; score(x) = number of y with p[x][y] >= p[y][x]; social rank =
 * dense rank of the score.  The top group is exactly the Schulze winner set;
 * ranks below it respect every strict defeat but order some incomparable
 * candidates for convenience, for Schulze's relation is transitive and its ties
 * are not.
 *
 * Condorcet, Smith, monotone, independent of clones, reversal symmetric.
 * O(N n^2 + n^3) time, O(n^2) space.
 */
#ifndef CHOICE_SCHULZE_H
#define CHOICE_SCHULZE_H

#include "choice/tally.h"

/* Rows of choice/tally.h; call them through tally_run. */
void schulze_run(const struct profile *p, struct tally *t);
void schulze_margins_run(const struct profile *p, struct tally *t);

/*
 * A strongest path from x to y: x, …, y into path (n places), of those as
 * strong one of the fewest links.  Returns
 * how many; 0 if there is none.  t has paths.  O(n^2).
 */
size_t schulze_path(const struct tally *t, size_t x, size_t y, size_t *path);
/* Strength of the link x->y as the rule counts it; 0 if there is none. */
int64_t schulze_link(const struct tally *t, size_t x, size_t y);

#endif
