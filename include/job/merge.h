/*
 * One ranking out of several of the same things: the one whose Kendall
 * distance to all of them together is least (J. Kemeny 1959), as in
 * permutation self-consistency (R. Tang et al., NAACL 2024).  Exact up to
 * MERGE_EXACT things; beyond, Borda's order improved by moving single things
 * until no move helps.  Pure and deterministic.
 */
#ifndef JOB_MERGE_H
#define JOB_MERGE_H

#include <stddef.h>
#include <stdint.h>

#define MERGE_EXACT 10

/*
 * m rankings (rank of thing i at [k * n + i], 0 best, ties allowed) into out:
 * a strict ranking, 0..n-1; what nothing tells apart stands in the order of
 * the things.  Returns the agreement in thousandths: of the pairs that the m
 * rankings order, the share that out orders alike; 1000 when they order none.
 * O(2^n n^2) up to MERGE_EXACT, else O(n^3) a sweep.
 */
int64_t rankings_merge(const int32_t *rank, size_t m, size_t n, int32_t *out);

#endif
