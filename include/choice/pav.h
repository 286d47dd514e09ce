/*
 * Proportional approval: the set of k candidates that is worth most by
 * choice/approvals.h.  T. N. Thiele 1895; H. Aziz et al., "Justified
 * representation in approval-based committee voting", Social Choice and Welfare
 * 48 (2017): it gives extended justified representation (of every l k-th parts
 * of the voters that approve l candidates in common, somebody has l approved
 * ones in the set), unless a winner was set before.
 *
 * Finding it is hard in general.  All sets are tried when sets times ballots
 * are at most PAV_TRIES; else the greedy set (choice/proportional.h) is
 * bettered by exchanging one candidate at a time until no exchange helps, which
 * keeps extended justified representation (H. Aziz et al., "On the complexity
 * of extended and proportional justified representation", AAAI 2018); 1,000
 * exchanges at the most.  Of equally good sets the one whose members come first
 * by social rank, then index.  O(PAV_TRIES), or O(k n N) for each exchange.
 */
#ifndef CHOICE_PAV_H
#define CHOICE_PAV_H

#include "choice/slate.h"

#define PAV_TRIES 4e6

/* A row of choice/slate.h. */
size_t pav_choose(const struct profile *p, const struct tally *t, size_t first,
    const bool *allowed, size_t k, size_t *out);

#endif
