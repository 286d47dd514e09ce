#include "choice/instant_runoff.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "choice/firsts.h"

/* Who has the fewest first places of those standing; how many they are. */
static size_t
find_least(const struct firsts *f, const bool *in, size_t n, bool *least)
{
	size_t fewest = n, count = 0;

	for (size_t x = 0; x < n; x++)
		if (in[x] && (fewest == n || firsts_cmp(f, x, fewest) < 0))
			fewest = x;
	for (size_t x = 0; x < n; x++) {
		least[x] = in[x] && firsts_cmp(f, x, fewest) == 0;
		count += least[x];
	}
	return count;
}

void
instant_runoff_run(const struct profile *p, struct tally *t)
{
	bool *in = xcalloc(t->n + 1, sizeof(*in));
	bool *least = xcalloc(t->n + 1, sizeof(*least));
	size_t left = t->n;
	int64_t round;
	struct firsts f;

	for (size_t x = 0; x < t->n; x++)
		in[x] = true;
	firsts_init(&f, p);
	for (round = 0; left > 0; round++) {
		firsts_count(&f, in, left);
		left -= find_least(&f, in, t->n, least);
		for (size_t x = 0; x < t->n; x++) {
			t->score[x] += in[x] && !least[x];
			in[x] = in[x] && !least[x];
		}
	}
	tally_rank_by(t, true);
	firsts_free(&f);
	free(in);
	free(least);
}
