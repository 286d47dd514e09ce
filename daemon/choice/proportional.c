#include "choice/proportional.h"

#include <stdlib.h>

#include "base/mem.h"
#include "choice/approvals.h"

/* The best of those left, n if none is; ties as slate.h says. */
static size_t
best_left(const struct approvals *a, const struct tally *t, const bool *left)
{
	size_t n = a->profile->candidates, best = n;
	uint32_t *gain = xcalloc(a->exact.limbs, sizeof(*gain));
	uint32_t *most = xcalloc(a->exact.limbs, sizeof(*most));
	uint32_t *swap;
	int c;

	for (size_t x = 0; x < n; x++) {
		if (!left[x])
			continue;
		approvals_gain(a, x, gain);
		c = best == n ? 1 : exact_cmp(&a->exact, gain, most);
		if (c > 0 || (c == 0 && t->rank[x] < t->rank[best])) {
			best = x;
			swap = most;
			most = gain;
			gain = swap;
		}
	}
	free(gain);
	free(most);
	return best;
}

size_t
proportional_choose(const struct profile *p, const struct tally *t,
    size_t first, const bool *allowed, size_t k, size_t *out)
{
	struct approvals a;
	size_t n = p->candidates, x, chosen = 0;
	bool *left;

	if (n == 0)
		return 0;
	left = xmemdup(allowed, n * sizeof(*left));
	approvals_init(&a, p, allowed);
	x = first < n && allowed[first] ? first : best_left(&a, t, left);
	for (; chosen < k && x < n; x = best_left(&a, t, left)) {
		out[chosen++] = x;
		left[x] = false;
		approvals_choose(&a, x);
	}
	approvals_free(&a);
	free(left);
	return chosen;
}
