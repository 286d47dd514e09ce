/*
 * Exact sums of fractions w/k for whole w and k in 1..max: whole numbers of
 * lcm(1..max) parts.  Shares of a tied first place and Thiele's 1, 1/2, 1/3 …
 * must be compared without rounding, for a rounding would elect somebody.
 */
#ifndef CHOICE_EXACT_H
#define CHOICE_EXACT_H

#include <stddef.h>
#include <stdint.h>

struct exact {
	uint32_t max;
	size_t limbs;	 /* 32 bits each, least first */
	uint32_t *share; /* max rows: lcm(1..max) / k */
};

/* max >= 1.  About 1.44 max bits a number and 80 for the sum of the w; O(max^2)
 * time and space. */
void exact_init(struct exact *e, uint32_t max);
void exact_free(struct exact *e);
/* *sum += w / k, where sum is e->limbs limbs that begin as zero.  The w of a
 * sum are at most 2^63 together. */
void exact_add(const struct exact *e, uint32_t *sum, uint64_t w, uint32_t k);
/* Below, at or above 0 as a is below, equal to or above b. */
int exact_cmp(const struct exact *e, const uint32_t *a, const uint32_t *b);
/* sum * times, rounded down, which must be below 2^62.  For showing. */
uint64_t
exact_floor(const struct exact *e, const uint32_t *sum, uint32_t times);

#endif
