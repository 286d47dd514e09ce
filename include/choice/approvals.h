/*
 * Approval sets read off rankings, and how well a set of candidates does by
 * them under proportional approval: a person with c approved ones in the set
 * is worth 1 + 1/2 + … + 1/c (T. N. Thiele, "Om Flerfoldsvalg", 1895).
 */
#ifndef CHOICE_APPROVALS_H
#define CHOICE_APPROVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "choice/exact.h"
#include "choice/profile.h"

struct approvals {
	const struct profile *profile;
	bool *approves;	    /* a row a ballot, profile->candidates wide */
	uint32_t *content;  /* a ballot: of those chosen it approves so many */
	struct exact exact; /* 1, 1/2, … 1/candidates */
};

/*
 * Of the m allowed candidates a ballot approves its best ceil(m/2): whole
 * groups as long as they fit, and its top group in any case, for a cut through
 * a tie would need a lot, and a truncated ballot must not be read as liking
 * all that it left out.  Nothing is approved unseen.  p must outlive a.
 * O(N n + n^2).
 */
void approvals_init(
    struct approvals *a, const struct profile *p, const bool *allowed);
void approvals_free(struct approvals *a);
/* Adds x to the chosen ones, or takes it out again.  O(N). */
void approvals_choose(struct approvals *a, size_t x);
void approvals_unchoose(struct approvals *a, size_t x);
/* What choosing x would add; out: exact.limbs.  O(N). */
void approvals_gain(const struct approvals *a, size_t x, uint32_t *out);
/* What the chosen ones are worth; out: exact.limbs.  O(N). */
void approvals_worth(const struct approvals *a, uint32_t *out);

#endif
