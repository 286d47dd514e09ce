/*
 * The pairwise matrix, and what can be read off it: d[x*n+y] is the number of
 * votes on ballots that rank x above y.  Ties count for neither; a candidate
 * that a ballot never saw is compared with nothing on it.
 */
#ifndef CHOICE_PAIRWISE_H
#define CHOICE_PAIRWISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "choice/profile.h"

/*
 * Fills d, n*n.  O(N n^2) for N rows: blocks of ballots are turned into
 * columns, so that one comparison serves eight ballots; rows of equal weight
 * are counted together.
 */
void pairwise_count(const struct profile *p, int64_t *d);

/* Who beats every other (M. de Condorcet, 1785); n if nobody.  O(n). */
size_t condorcet_winner(const int64_t *d, size_t n);

/*
 * The smallest set that is not empty and of which everyone beats everyone
 * outside (J. H. Smith, "Aggregation of preferences with variable electorate",
 * Econometrica 41, 1973; also I. J. Good's top cycle).  Its members have higher
 * Copeland scores than all others, so it is a head of that order.  Returns its
 * size; 0 for n = 0.  O(n^2).
 */
size_t smith_set(const int64_t *d, size_t n, bool *in);

#endif
