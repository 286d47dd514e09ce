/*
 * Slates: which candidates are shown.  Rows of one table.
 */
#ifndef CHOICE_SLATE_H
#define CHOICE_SLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "choice/tally.h"

struct slate_rule {
	const char *name; /* as in the setting `slate` */
	const char *help;
	/*
	 * Chooses min(k, allowed candidates) into out (indices, best first);
	 * `first` is the elected candidate and comes first (if it is allowed;
	 * without it the rule chooses all).  allowed: n flags.  Returns how
	 * many.  Ties go to the lower social rank, then to the lower index: no
	 * randomness.
	 */
	size_t (*choose)(const struct profile *p, const struct tally *t,
	    size_t first, const bool *allowed, size_t k, size_t *out);
};

/*
 * `proportional`: the winner, then greedy (sequential) proportional approval:
 * each ballot approves its best ceil(m/2) of the m allowed candidates (of
 * tied ones all or none, as they fit; its top group always), each next
 * candidate maximises the sum over approving ballots of 1/(1+already chosen
 * approved), in exact integer arithmetic.  (T. N. Thiele 1895; M. Lackner and
 * P. Skowron, "Multi-Winner Voting with Approval Preferences", 2023.)
 * O(k n N + n^2 N) for N ballots.
 * `top`: the head of the social ranking.
 */
extern const struct slate_rule slate_rules[]; /* ended by a NULL name */
const struct slate_rule *slate_find(const char *name);

#endif
