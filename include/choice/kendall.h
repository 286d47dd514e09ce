/*
 * Kendall's pairs between two weak orders x and y over n candidates.  Each of
 * the n(n-1)/2 unordered pairs is counted in one field or, when both orders
 * tie it, in none; so the pairs tied in both are n(n-1)/2 less the sum of the
 * four.  tau-b = (concordant - discordant) / sqrt((concordant + discordant +
 * tied_x) * (concordant + discordant + tied_y)), undefined when a factor is 0
 * (M. Kendall 1945).  O(n^2).
 */
#ifndef CHOICE_KENDALL_H
#define CHOICE_KENDALL_H

#include <stddef.h>
#include <stdint.h>

struct kendall {
	int64_t concordant; /* ordered the same way by both */
	int64_t discordant; /* ordered in opposite ways */
	int64_t tied_x;	    /* tied in x only */
	int64_t tied_y;	    /* tied in y only */
};
void
kendall_count(const int32_t *x, const int32_t *y, size_t n, struct kendall *k);

#endif
