/*
 * Slates: which candidates are shown.  One table; a rule is a row and a file.
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
	 * randomness.  n is at most CANDIDATES_LIMIT.
	 */
	size_t (*choose)(const struct profile *p, const struct tally *t,
	    size_t first, const bool *allowed, size_t k, size_t *out);
};

/*
 * `proportional`: choice/proportional.h.  `top`: the head of the social
 * ranking.  `pav`: choice/pav.h.
 */
extern const struct slate_rule slate_rules[]; /* ended by a NULL name */
const struct slate_rule *slate_find(const char *name);

#endif
