#include "choice/slate.h"

#include <string.h>

#include "choice/pav.h"
#include "choice/proportional.h"

static size_t
choose_top(const struct profile *p, const struct tally *t, size_t first,
    const bool *allowed, size_t k, size_t *out)
{
	size_t n = p->candidates, chosen = 0;

	if (chosen < k && first < n && allowed[first])
		out[chosen++] = first;
	for (int32_t rank = 0; rank < (int32_t)n && chosen < k; rank++)
		for (size_t x = 0; x < n && chosen < k; x++)
			if (allowed[x] && t->rank[x] == rank && x != first)
				out[chosen++] = x;
	return chosen;
}

/* clang-format off */
const struct slate_rule slate_rules[] = {
	{ "proportional",
	    "the winner, then so that everybody finds something on the ballot",
	    proportional_choose },
	{ "top", "the head of the social ranking", choose_top },
	{ "pav", "the winner, and beside it the best set by proportional approval",
	    pav_choose },
	{ NULL, NULL, NULL },
};
/* clang-format on */

const struct slate_rule *
slate_find(const char *name)
{
	for (const struct slate_rule *r = slate_rules; r->name != NULL; r++)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}
