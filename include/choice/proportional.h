/*
 * Sequential proportional approval, the greedy form of choice/pav.h: each next
 * candidate is the one that adds most.  T. N. Thiele 1895; S. Janson,
 * "Phragmen's and Thiele's election methods" (2016).
 *
 * Ties go to the lower social rank, then to the lower index.  When it chooses
 * all places itself and they are 5 or fewer, no k-th part of the voters that
 * approves one candidate in common is left without any (justified
 * representation; L. Sanchez-Fernandez et al., "Proportional justified
 * representation", AAAI 2017); a winner set before does not leave this
 * promise.  O(k n N + n^2).
 */
#ifndef CHOICE_PROPORTIONAL_H
#define CHOICE_PROPORTIONAL_H

#include "choice/slate.h"

/* A row of choice/slate.h. */
size_t proportional_choose(const struct profile *p, const struct tally *t,
    size_t first, const bool *allowed, size_t k, size_t *out);

#endif
